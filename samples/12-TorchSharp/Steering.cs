using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Samples.Torch;

/// <summary>Finds the latent that changes the model's predictions most when it is set high, shows what it responds to, and continues a text with it.</summary>
internal sealed class Steering(Transformer model, string place, CharacterText text, SaeEncoder sae, int seed)
{
    private const int Candidates = 24;
    private const int Written = 100;

    /// <summary>Prints the latent and three continuations: of the model, steered, and with the latent off.</summary>
    public void Run(string prompt, torch.Tensor[] windows)
    {
        using var noGradient = torch.no_grad();
        using var module = new SaeModule(sae).to(windows[0].device);
        using torch.Tensor tokens = torch.cat(windows).narrow(1, 0, model.Context);
        using var recorded = new RecordedActivations(model, place, [tokens]);
        var rows = new SignalBatch((int)recorded.RowCount, recorded.Dimension);
        recorded.Read(rows);
        SparseCodes codes = sae.Encode(SignalView.FromRows(rows.Signals, recorded.Dimension));

        // Neither rare nor everywhere: a latent that says something of where it is active.
        var strongest = new float[codes.AtomCount];
        var uses = new int[codes.AtomCount];
        for (int i = 0; i < codes.NonZeroCount; i++)
        {
            uses[codes.Atoms[i]]++;
            strongest[codes.Atoms[i]] = Math.Max(strongest[codes.Atoms[i]], codes.Values[i]);
        }

        int[] latents = [.. Enumerable.Range(0, codes.AtomCount).Where(latent => uses[latent] > 10 && uses[latent] < codes.RowCount / 20).OrderByDescending(latent => uses[latent]).Take(Candidates)];
        if (latents.Length == 0)
        {
            Console.WriteLine("No latent is active in more than ten rows and fewer than a twentieth of them: train longer.");
            return;
        }

        (int chosen, double moved) = latents.Select(latent => (latent, Moved(module, tokens, LatentEdit.Clamp(latent, strongest[latent])))).MaxBy(pair => pair.Item2);
        Console.WriteLine();
        Console.WriteLine($"latent {chosen}: active in {(double)uses[chosen] / codes.RowCount:P1} of rows, up to {strongest[chosen]:0.0}; set to that everywhere, predictions move by {moved:0.00} nats (KL)");
        Console.WriteLine("where it is strongest: " + string.Join("  ", Contexts(codes, chosen, tokens)));
        Console.WriteLine($"the model:  {Continue(prompt)}");
        using (ActivationSplice.Edit(model, place, module, LatentEdit.Clamp(chosen, strongest[chosen])))
        {
            Console.WriteLine($"set high:   {Continue(prompt)}");
        }

        using (ActivationSplice.Edit(model, place, module, LatentEdit.Ablate(chosen)))
        {
            Console.WriteLine($"turned off: {Continue(prompt)}");
        }
    }

    /// <summary>Mean divergence KL(model ‖ edited) of the next character.</summary>
    private double Moved(SaeModule module, torch.Tensor tokens, LatentEdit edit)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor before = torch.nn.functional.log_softmax(model.call(tokens), -1);
        using ActivationSplice splice = ActivationSplice.Edit(model, place, module, edit);
        torch.Tensor after = torch.nn.functional.log_softmax(model.call(tokens), -1);
        return (before.exp() * (before - after)).sum(-1).mean().item<float>();
    }

    /// <summary>The characters that lead up to the rows in which the latent is strongest.</summary>
    private string[] Contexts(SparseCodes codes, int latent, torch.Tensor tokens)
    {
        long[] all = tokens.cpu().contiguous().data<long>().ToArray();
        return [.. Enumerable.Range(0, codes.RowCount)
            .Select(row => (row, value: codes[row][latent]))
            .Where(entry => entry.value > 0)
            .OrderByDescending(entry => entry.value)
            .Take(8)
            .Select(entry => "«" + Show(all[Math.Max(entry.row / model.Context * model.Context, entry.row - 11)..(entry.row + 1)]) + "»")];
    }

    /// <summary>Continues a text by drawing from the model's predictions, the same draws every time.</summary>
    private string Continue(string prompt)
    {
        using torch.Generator generator = new((ulong)seed);
        List<long> tokens = [.. text.Encode(prompt)];
        for (int i = 0; i < Written; i++)
        {
            using var scope = torch.NewDisposeScope();
            long[] window = [.. tokens.TakeLast(model.Context)];
            torch.Tensor logits = model.call(torch.tensor(window, [1, window.Length]).to(model.parameters().First().device)).select(1, window.Length - 1);
            tokens.Add(torch.nn.functional.softmax(logits.cpu() / 0.7, -1).multinomial(1, generator: generator).item<long>());
        }

        return Show([.. tokens]);
    }

    private string Show(long[] tokens) => text.Decode(tokens).Replace("\n", "⏎", StringComparison.Ordinal);
}
