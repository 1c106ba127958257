using System.Diagnostics;
using System.Globalization;
using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Samples.Torch;

/// <summary>The whole of it: transformer, recording, SAE, comparison, steering.</summary>
internal sealed class Job
{
    private const string Place = "blocks.1";
    private const int Sequences = 16;
    private readonly Arguments _arguments;
    private readonly CharacterText _text;
    private readonly Transformer _model;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private Job(Arguments arguments)
    {
        _arguments = arguments;
        _text = CharacterText.Read(arguments.Texts);
        torch.manual_seed(arguments.Seed);
        _model = new Transformer(_text.Vocabulary).to(arguments.Device);
    }

    /// <summary>Runs it; the exit code.</summary>
    public static int Run(Arguments arguments)
    {
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            new Job(arguments).Run();
            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: {exception.Message}");
            return 2;
        }
    }

    private void Run()
    {
        Console.WriteLine($"{_text.Length} characters, {_text.Vocabulary} different, on {_arguments.Device}");
        Train();
        SaeEncoder sae = Learn();
        Compare(sae);
        new Steering(_model, Place, _text, sae, _arguments.Seed).Run(_arguments.Prompt, HeldOut(4));
    }

    private void Train()
    {
        using var optimizer = torch.optim.AdamW(_model.parameters(), lr: 3e-3, weight_decay: 0.01);
        var random = new Random(_arguments.Seed);
        _model.train();
        for (int step = 1; step <= _arguments.Steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = 3e-3 * Math.Min(1, step / 50.0) * 0.5 * (1 + Math.Cos(Math.PI * step / _arguments.Steps));
            }

            torch.Tensor loss = _model.Loss(_text.Random(Sequences, _model.Context + 1, random).to(_arguments.Device));
            optimizer.zero_grad();
            loss.backward();
            torch.nn.utils.clip_grad_norm_(_model.parameters(), 1);
            optimizer.step();
            if (step % Math.Max(1, _arguments.Steps / 4) == 0)
            {
                Console.WriteLine($"step {step}: loss {loss.item<float>():0.000} nats per character, {_clock.Elapsed.TotalSeconds:0} s");
            }
        }

        _model.eval();
    }

    /// <summary>An SAE on the residual stream behind a block, from the first nine tenths of the text.</summary>
    private SaeEncoder Learn()
    {
        int windows = Math.Min(150_000, _text.Length * 9 / 10) / _model.Context;
        IEnumerable<torch.Tensor> Batches()
        {
            for (int first = 0; first + Sequences <= windows; first += Sequences)
            {
                yield return _text.Following(first * _model.Context, Sequences, _model.Context).to(_arguments.Device);
            }
        }

        using var source = new RecordedActivations(_model, Place, Batches());
        var recipe = new SaeEncoder(
            new SaeOptions { AtomCount = _arguments.Atoms, Selection = Selection.TopK(_arguments.K), Normalization = InputNormalization.MeanNorm },
            new TrainingOptions { Steps = _arguments.SaeSteps, BatchSize = 512, LearningRate = 1e-3f, Seed = _arguments.Seed });
        SaeEncoder sae = recipe.Fit(source, _arguments.Device == "cpu" ? null : new RunContext { Device = new TorchDevice(_arguments.Device) });
        Console.WriteLine($"recorded {source.RowCount} rows of {Place} [{source.Dimension}] in {source.ModelRuns} runs of the model; {sae}: {_arguments.SaeSteps} steps, {_clock.Elapsed.TotalSeconds:0} s");
        return sae;
    }

    /// <summary>Windows of the last tenth of the text, with one more position for the targets.</summary>
    private torch.Tensor[] HeldOut(int batches)
    {
        int first = _text.Length * 9 / 10, step = Sequences * (_model.Context + 1);
        return [.. Enumerable.Range(0, Math.Min(batches, (_text.Length - first) / step)).Select(i => _text.Following(first + (i * step), Sequences, _model.Context + 1).to(_arguments.Device))];
    }

    private void Compare(SaeEncoder sae)
    {
        torch.Tensor[] windows = HeldOut(8);
        using var recorded = new RecordedActivations(_model, Place, [.. windows.Select(window => window.narrow(1, 0, _model.Context))]);
        var rows = new SignalBatch((int)recorded.RowCount, recorded.Dimension);
        recorded.Read(rows);
        SignalView signals = SignalView.FromRows(rows.Signals, recorded.Dimension);

        Console.WriteLine();
        Console.WriteLine($"{rows.Count} held-out rows of {Place}");
        Console.WriteLine($"{"encoder",-24} {"FVU",6} {"L0",5} {"loss",7} {"recovered",10} {"(mean)",8}");
        LossRecoveredReport? last = null;
        foreach ((string name, IEncoder encoder) in new (string, IEncoder)[]
        {
            ("SAE", sae),
            ("OMP on its dictionary", new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = _arguments.K })),
            ("ITO, gradient pursuit", new ItoEncoder(sae.Dictionary, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = _arguments.K })),
        })
        {
            SparseCodes codes = encoder.Encode(signals);
            double fvu = ReconstructionMetrics.Measure(signals, encoder.Decoder.Decode(codes, signals)).Fvu;
            last = LossRecovered.Measure(_model, Place, encoder, windows, _model.Loss);
            Console.WriteLine($"{name,-24} {fvu,6:0.000} {(double)codes.NonZeroCount / codes.RowCount,5:0.0} {last.SplicedLoss,7:0.000} {last.Recovered,10:P1} {last.RecoveredFromMean,8:P1}");
        }

        Console.WriteLine($"the model itself: {last!.ModelLoss:0.000}; with zeros {last.ZeroLoss:0.000}; with the mean {last.MeanLoss:0.000}");
    }
}
