using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Training;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <content>Weights: from an encoder's state to parameters and back, and the affine maps on both sides.</content>
public sealed partial class SaeModule
{
    /// <summary>W, [atoms, dimension]; missing where the encoder's directions are the atoms.</summary>
    private const string WeightName = "encoder_weight";

    /// <summary>b, [atoms].</summary>
    private const string BiasName = "encoder_bias";

    /// <summary>D, [atoms, output dimension].</summary>
    private const string AtomsName = "decoder_weight";

    /// <summary>b_dec, [output dimension], also subtracted from the signal where the encoder subtracts the same.</summary>
    private const string OffsetName = "decoder_bias";

    /// <summary>b_in, [dimension], where it is not the decoder's.</summary>
    private const string InputName = "input_bias";

    /// <summary>S, [output dimension, dimension].</summary>
    private const string SkipName = "skip_weight";

    private float _inputScale = 1;
    private bool _sharesOffset;

    /// <summary>Factor t on zD.</summary>
    internal float DecoderScale { get; private set; } = 1;

    private InputNormalization Normalization { get; set; }

    private bool IsByRow => RowNormalizer.IsByRow(Normalization);

    private bool NeedsSignals => IsByRow || has_parameter(SkipName);

    private torch.Tensor EncoderWeight => get_parameter(Options.Selection.IsTied ? AtomsName : WeightName)!;

    /// <summary>Registers parameters and buffers with copies of the state's arrays.</summary>
    private void Load(SaeState state)
    {
        (AtomDictionary dictionary, float[]? skip) = Parts(state.Decoder);
        int atoms = state.AtomCount, dimension = state.Dimension, output = dictionary.Dimension;
        Normalization = state.Normalization;
        _inputScale = state.InputScale;
        DecoderScale = dictionary.Scale;
        if (!Options.Selection.IsTied)
        {
            Add(WeightName, state.Encoder.Weights, atoms, dimension);
        }

        if (state.Encoder.Bias is { } bias)
        {
            Add(BiasName, bias, atoms);
        }

        Add(AtomsName, dictionary.AtomArray, atoms, output);
        if (dictionary.HasOffset)
        {
            Add(OffsetName, dictionary.OffsetValues.ToArray(), output);
        }

        if (state.InputOffset is { } offset)
        {
            // One parameter where encoder and decoder have the same bias, as in training.
            _sharesOffset = dictionary.HasOffset && dictionary.OffsetValues.SequenceEqual(offset);
            if (!_sharesOffset)
            {
                Add(InputName, offset, dimension);
            }
        }

        if (skip is not null)
        {
            Add(SkipName, skip, output, dimension);
        }

        foreach ((string name, float[] values) in _pass.Vectors(state))
        {
            if (_pass.IsLearned)
            {
                Add(name, values, values.Length);
            }
            else
            {
                register_buffer(name, Copy(values, values.Length));
            }
        }
    }

    /// <summary>The state with the parameters as they are.</summary>
    private SaeState Snapshot(SaeState source)
    {
        (AtomDictionary old, float[]? skip) = Parts(source.Decoder);
        float[] atoms = Read(AtomsName);
        float[]? offset = has_parameter(OffsetName) ? Read(OffsetName) : null;
        var dictionary = new AtomDictionary(atoms, old.Dimension, offset, old.Scale);
        var vectors = new Dictionary<string, float[]>(source.Vectors);
        foreach ((string name, _) in _pass.Vectors(source))
        {
            vectors[_pass.FileName(name)] = Read(name);
        }

        return source with
        {
            Encoder = source.Encoder with { Weights = Options.Selection.IsTied ? (float[])atoms.Clone() : Read(WeightName), Bias = has_parameter(BiasName) ? Read(BiasName) : null },
            InputOffset = source.InputOffset is null ? null : Read(_sharesOffset ? OffsetName : InputName),
            Vectors = vectors,
            Decoder = source.Decoder switch
            {
                RowNormalizedDecoder => new RowNormalizedDecoder(dictionary, source.Normalization),
                TranscoderDecoder transcoder => new TranscoderDecoder(dictionary, transcoder.InputDimension, skip is null ? null : Read(SkipName)),
                _ => dictionary,
            },
        };
    }

    /// <summary>z.</summary>
    private torch.Tensor Codes(torch.Tensor signals)
    {
        torch.Tensor input = signals;
        if (IsByRow)
        {
            (torch.Tensor? mean, torch.Tensor scale) = RowFigures(signals);
            torch.Tensor centred = mean is null ? signals : signals - mean;
            input = torch.where(scale.gt(Zero), centred / torch.where(scale.gt(Zero), scale, torch.ones_like(scale)), torch.zeros_like(centred));
        }

        if (_source.State.InputOffset is not null)
        {
            input -= get_parameter(_sharesOffset ? OffsetName : InputName)!;
        }

        if (_inputScale != 1)
        {
            input = input.div(S(_inputScale));
        }

        return _pass.Encode(this, input, EncoderWeight, get_parameter(BiasName));
    }

    /// <summary>x̂.</summary>
    private torch.Tensor Decoded(torch.Tensor codes, torch.Tensor? signals)
    {
        torch.Tensor result = codes.matmul(Atoms);
        if (DecoderScale != 1)
        {
            result = result.mul(S(DecoderScale));
        }

        if (get_parameter(OffsetName) is { } offset)
        {
            result = result.add(offset, One);
        }

        if (get_parameter(SkipName) is { } skip)
        {
            result = result.add(signals!.matmul(skip.t()), One);
        }

        if (IsByRow)
        {
            (torch.Tensor? mean, torch.Tensor scale) = RowFigures(signals!);
            result *= scale;
            result = mean is null ? result : result.add(mean, One);
        }

        return result;
    }

    /// <summary>Mean and scale of each row, [..., 1], as <see cref="RowNormalizer"/> has them; no mean where only the norm counts.</summary>
    private (torch.Tensor? Mean, torch.Tensor Scale) RowFigures(torch.Tensor signals)
    {
        if (Normalization == InputNormalization.RowNorm)
        {
            return (null, Root((signals * signals).mean([-1], keepdim: true)));
        }

        torch.Tensor mean = signals.mean([-1], keepdim: true), centred = signals - mean;
        return (mean, Root((centred * centred).sum(-1, keepdim: true).div(S(Dimension - 1))).add(S(1e-5), One));
    }

    /// <summary>√, with gradient 0 at 0: a row of zeros would make every gradient NaN.</summary>
    private static torch.Tensor Root(torch.Tensor squares)
    {
        torch.Tensor positive = squares.gt(Zero);
        return torch.where(positive, torch.where(positive, squares, torch.ones_like(squares)).sqrt(), torch.zeros_like(squares));
    }

    private static (AtomDictionary Dictionary, float[]? Skip) Parts(IDecoder decoder) => decoder switch
    {
        AtomDictionary dictionary => (dictionary, null),
        RowNormalizedDecoder { Inner: AtomDictionary inner } => (inner, null),
        TranscoderDecoder transcoder => (transcoder.Atoms, transcoder.SkipValues),
        _ => throw new NotSupportedException($"A torch module of an SAE with a {decoder.GetType().Name}: linear decoders, also of transcoders, crosscoders and normalised rows, can be expressed."),
    };

    private void Add(string name, float[] values, params long[] shape)
    {
        torch.Tensor copy = Copy(values, shape);
        var parameter = new Parameter(copy, requires_grad: true);
        parameter.DetachFromDisposeScope();
        register_parameter(name, parameter);
    }

    private static torch.Tensor Copy(float[] values, params long[] shape) =>
        torch.tensor(values, shape, torch.ScalarType.Float32).DetachFromDisposeScope();

    private float[] Read(string name)
    {
        torch.Tensor tensor = get_parameter(name) ?? get_buffer(name)!;
        var values = new float[tensor.numel()];
        TensorMemory.CopyTo(tensor, values);
        int bad = Contracts.FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.InvalidOperation($"{name} holds {values[bad]} at place {bad}: no encoder can be made of it.");
        }

        return values;
    }
}
