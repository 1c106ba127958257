using System.Numerics.Tensors;
using SparseCoding.Contracts;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>1.2: a TopK that counts what a downstream head reads.</summary>
internal sealed class GradientSystem : SeedSystem
{
    private const int Sources = 64;
    private const int Loud = 32;
    private const int Dimension = 128;
    private const int K = 8;
    private const int Steps = 2500;
    private const int BatchRows = 256;
    private static readonly float[] s_betas = [0, 1, 3];

    public override string Key => "gsae";

    public override string Title => "1.2 g-SAE (2411.10397)";

    public override string Size => "32 loud sources (codes 0.5 + |N|, 10 active) that the head does not read and 32 quiet ones (two fifths of that, 2 active) that it reads, 128 dimensions, 16,384 + 4,096 rows; 64 atoms, k 8";

    public override string Recipe => "2500 steps of 256 rows, Adam 3e-3, k annealed from 24, gradients of the head's cross-entropy at each signal; encoding with gradients. beta 0 is TopK. Tuned on seeds 100 and 101 over beta 0 to 30, loudness .2 to .5, numbers of active sources, dimension 64 to 256, gain of the head 1 to 4, AuxK, resampling, annealing.";

    public override string Why =>
        "Missed. The choice works on codes that are exact (last rows: the true codes), and even there it always costs reconstruction, since what is kept for the head is not kept for the error: .8 and 1.2 at once are at the edge of what this world allows. "
        + "On the codes of a one-step encoder it does not: an entry of a silent quiet latent, small but positive, is multiplied as well and chosen, in training (the atoms become worse) and after it (the rows of TopK's own dictionary). "
        + "On rows that the head already gets right the gradient is nearly 0, so that their quiet features are not preferred at all. The earlier .66 against .70 compared two dictionaries that both lacked the quiet features (MCC .6 to .8), in a world where CE could hardly be below chance.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("ratio", "CE(g-SAE, beta 1) / CE(TopK)", "<= .8", v => v <= 0.8),
        new("price", "NMSE(g-SAE, beta 1) / NMSE(TopK)", "<= 1.2", v => v <= 1.2),
        new("ratio3", "CE ratio at beta 3"),
        new("price3", "NMSE ratio at beta 3"),
        new("mcc0", "dictionary MCC of TopK"),
        new("mcc1", "dictionary MCC of g-SAE, beta 1"),
        new("after1", "CE ratio of TopK's own dictionary, codes chosen with beta 1"),
        new("afterPrice1", "its NMSE ratio"),
        new("after3", "the same with beta 3: CE ratio"),
        new("afterPrice3", "its NMSE ratio"),
        new("true1", "CE ratio on the true codes, beta 1"),
        new("truePrice1", "its NMSE ratio"),
        new("true3", "CE ratio on the true codes, beta 3"),
        new("truePrice3", "its NMSE ratio"),
        new("top", "CE of TopK"),
        new("signal", "CE of the signals themselves"),
        new("blind", "CE of g-SAE (beta 1) encoding without gradients"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        float[] atoms = SeedWorlds.Directions(seed, "gsae.atoms", Sources, Dimension), head = Head(seed, atoms);
        (float[] train, bool[] trainLabels, _) = World(seed, 0, 16_384, atoms, head);
        (float[] test, bool[] labels, SparseCodes truth) = World(seed, 1, 4096, atoms, head);
        float[] gradients = Gradients(train, trainLabels, head);
        Tensor<float> signals = Tensor.Create(test, [labels.Length, Dimension]), testGradients = Tensor.Create(Gradients(test, labels, head), [labels.Length, Dimension]);
        var figures = new Dictionary<string, double> { ["signal"] = CrossEntropy(test, labels, head) };
        var dictionary = new AtomDictionary(SignalView.FromRows(atoms, Dimension));
        double[] entropy = new double[s_betas.Length], error = new double[s_betas.Length];
        for (int i = 0; i < s_betas.Length; i++)
        {
            SaeEncoder sae = Train(seed, s_betas[i], train, gradients, context);
            SparseCodes codes = sae.EncodeWithGradients(signals, testGradients);
            entropy[i] = CrossEntropy(sae, codes, labels, head);
            error[i] = Nmse(sae, codes, signals);
            if (s_betas[i] == 0)
            {
                figures["mcc0"] = Mcc.Between(dictionary, sae.Dictionary).Value;
                Chosen(figures, "after", PreActivations(sae, test), sae.Dictionary, signals, testGradients, labels, head);
                Chosen(figures, "true", Dense(truth), dictionary, signals, testGradients, labels, head);
            }

            if (s_betas[i] == 1)
            {
                figures["mcc1"] = Mcc.Between(dictionary, sae.Dictionary).Value;
                figures["blind"] = CrossEntropy(sae, sae.Encode(signals), labels, head);
            }
        }

        (figures["top"], figures["ratio"], figures["price"]) = (entropy[0], entropy[1] / entropy[0], error[1] / error[0]);
        (figures["ratio3"], figures["price3"]) = (entropy[2] / entropy[0], error[2] / error[0]);
        return figures;
    }

    /// <summary>The choice alone: ratios of CE and NMSE to those of the k largest, for given positive entries [rows, sources] on a dictionary.</summary>
    private static void Chosen(Dictionary<string, double> figures, string name, float[] entries, AtomDictionary dictionary, Tensor<float> signals, Tensor<float> gradients, bool[] labels, float[] head)
    {
        float[] atoms = new float[Sources * Dimension], slopes = new float[gradients.FlattenedLength], attribution = new float[labels.Length * Sources];
        dictionary.CopyAtoms(0, atoms);
        gradients.FlattenTo(slopes);
        for (int i = 0; i < attribution.Length; i++)
        {
            attribution[i] = Math.Abs(TensorPrimitives.Dot(atoms.AsSpan(i % Sources * Dimension, Dimension), slopes.AsSpan(i / Sources * Dimension, Dimension)));
        }

        float mean = attribution.Average();
        (double Entropy, double Error) At(float beta)
        {
            float[] kept = new float[entries.Length], score = new float[Sources];
            int[] order = new int[Sources];
            for (int row = 0; row < labels.Length; row++)
            {
                for (int j = 0; j < Sources; j++)
                {
                    (order[j], score[j]) = (j, -entries[(row * Sources) + j] * (1 + (beta * attribution[(row * Sources) + j] / mean)));
                }

                Array.Sort(score, order);
                foreach (int j in order.AsSpan(0, K))
                {
                    kept[(row * Sources) + j] = entries[(row * Sources) + j];
                }
            }

            SparseCodes codes = SparseCodes.FromDense(SignalView.FromRows(kept, Sources));
            var decoded = new float[labels.Length * Dimension];
            Tensor<float> reconstruction = dictionary.Decode(codes);
            reconstruction.FlattenTo(decoded);
            return (CrossEntropy(decoded, labels, head), ReconstructionMetrics.Measure(signals, reconstruction).Nmse);
        }

        (double plain, double plainError) = At(0);
        foreach (int beta in (int[])[1, 3])
        {
            (double entropy, double error) = At(beta);
            (figures[name + beta], figures[name + "Price" + beta]) = (entropy / plain, error / plainError);
        }
    }

    /// <summary>The positive pre-activations of an SAE, [rows, sources].</summary>
    private static float[] PreActivations(SaeEncoder sae, float[] signals)
    {
        (float[] weights, float[] bias) = sae.State.AsNetwork().FoldInput();
        var values = new float[signals.Length / Dimension * Sources];
        for (int i = 0; i < values.Length; i++)
        {
            int j = i % Sources;
            values[i] = Math.Max(0, TensorPrimitives.Dot(weights.AsSpan(j * Dimension, Dimension), signals.AsSpan(i / Sources * Dimension, Dimension)) + bias[j]);
        }

        return values;
    }

    private static float[] Dense(SparseCodes codes)
    {
        var values = new float[codes.RowCount * Sources];
        codes.ToDense().FlattenTo(values);
        return values;
    }

    private static SaeEncoder Train(long seed, float beta, float[] train, float[] gradients, RunContext context)
    {
        var selection = new GradientTopKSelection(K) { Beta = beta, Annealing = new CountAnnealing { From = 24, Steps = Steps / 2 } };
        int rows = train.Length / Dimension;
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = Sources, Selection = selection }, Training(seed, Steps, BatchRows)).CreateTrainer(Tensor.Create(train, [rows, Dimension]), context);
        var batch = new SignalBatch(BatchRows, Dimension) { Count = BatchRows, Gradients = new float[BatchRows * Dimension] };
        var random = new RandomStream((ulong)seed, "gsae.batches");
        for (int step = 0; step < Steps; step++)
        {
            for (int r = 0; r < BatchRows; r++)
            {
                int row = random.NextInt(rows) * Dimension;
                train.AsSpan(row, Dimension).CopyTo(batch.Signals[(r * Dimension)..]);
                gradients.AsSpan(row, Dimension).CopyTo(batch.Gradients.AsSpan(r * Dimension));
            }

            trainer.Step(batch);
        }

        return trainer.Snapshot();
    }

    /// <summary>The shortest w with w · d = ±gain/loudness on quiet atoms and 0 on loud ones: projections in turn (Kaczmarz), which converge since the atoms are independent.</summary>
    private static float[] Head(long seed, float[] atoms)
    {
        var random = new RandomStream((ulong)seed, "gsae.head");
        double[] wanted = [.. Enumerable.Range(0, Sources).Select(j => j < Loud ? 0 : (random.NextDouble() < 0.5 ? -1 : 1) * 3 / Quiet)];
        var head = new float[Dimension];
        for (int sweep = 0; sweep < 2000; sweep++)
        {
            for (int j = 0; j < Sources; j++)
            {
                ReadOnlySpan<float> atom = atoms.AsSpan(j * Dimension, Dimension);
                TensorPrimitives.MultiplyAdd(atom, (float)(wanted[j] - TensorPrimitives.Dot(atom, head)), head, head);
            }
        }

        return head;
    }

    private const double Quiet = 0.4;

    private static (float[] Signals, bool[] Labels, SparseCodes Codes) World(long seed, ulong part, int rows, float[] atoms, float[] head)
    {
        var signals = new float[rows * Dimension];
        var labels = new bool[rows];
        var code = new float[Sources];
        var builder = new SparseCodesBuilder(Sources, rows);
        var random = new RandomStream((ulong)seed, "gsae.rows", part);
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < Sources; j++)
            {
                bool active = random.NextDouble() < (j < Loud ? 10.0 : 2.0) / Loud;
                code[j] = active ? (float)((0.5 + Math.Abs(random.NextNormal())) * (j < Loud ? 1 : Quiet)) : 0;
            }

            Span<float> signal = signals.AsSpan(row * Dimension, Dimension);
            SeedWorlds.Decode(code, atoms, signal);
            labels[row] = random.NextDouble() < Probability(signal, head);
            builder.AddDense(code);
        }

        return (signals, labels, builder.Build());
    }

    private static double Probability(ReadOnlySpan<float> signal, float[] head) => 1 / (1 + Math.Exp(-TensorPrimitives.Dot(signal, head)));

    private static float[] Gradients(float[] signals, bool[] labels, float[] head)
    {
        var gradients = new float[signals.Length];
        for (int row = 0; row < labels.Length; row++)
        {
            double slope = Probability(signals.AsSpan(row * Dimension, Dimension), head) - (labels[row] ? 1 : 0);
            TensorPrimitives.Multiply(head, (float)slope, gradients.AsSpan(row * Dimension, Dimension));
        }

        return gradients;
    }

    private static double CrossEntropy(SaeEncoder sae, SparseCodes codes, bool[] labels, float[] head)
    {
        var decoded = new float[labels.Length * Dimension];
        sae.Decoder.Decode(codes).FlattenTo(decoded);
        return CrossEntropy(decoded, labels, head);
    }

    private static double CrossEntropy(float[] signals, bool[] labels, float[] head)
    {
        double sum = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            double logit = TensorPrimitives.Dot(signals.AsSpan(row * Dimension, Dimension), head);
            sum += Math.Log(1 + Math.Exp(labels[row] ? -logit : logit));
        }

        return sum / labels.Length;
    }
}
