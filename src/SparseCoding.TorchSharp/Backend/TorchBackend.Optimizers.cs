using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>Optimiser and dictionary update.</content>
internal sealed partial class TorchBackend
{
    /// <summary>Atoms that are updated between two products with the whole dictionary.</summary>
    private const int AtomsPerBlock = 32;

    /// <inheritdoc/>
    public override void Optimize(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, DeviceMatrix second, in OptimizerStep step)
    {
        OptimizerStep now = step;
        double correction1 = 1 - Math.Pow(step.Beta1, step.Number), correction2 = 1 - Math.Pow(step.Beta2, step.Number);
        float root = (float)(1 / Math.Sqrt(correction2)), rate = (float)(-step.LearningRate / correction1);
        using DisposeScope scope = NewDisposeScope();
        Tensor allWeights = Of(weights), allGradient = Of(gradient), allFirst = Of(first), allSecond = Of(second), flag = Of(Scratch("optimizer.flag", 1, 1));
        Tensor? factor = step.GradientFactor is { } given ? Of(given) : null;

        // On the host block after block of rows, so that the dozen passes over a block find it in the cache.
        ForRows(weights.Rows, weights.Columns, (row, count) =>
        {
            Tensor w = allWeights.narrow(0, row, count), g = allGradient.narrow(0, row, count), m = allFirst.narrow(0, row, count), v = allSecond.narrow(0, row, count);
            if (now.GradientScale is not (0 or 1))
            {
                g.mul_(S(now.GradientScale));
            }

            if (factor is not null)
            {
                g.mul_(factor);
            }

            if (now.ProjectGradient)
            {
                Project(g, w);
            }

            m.mul_(S(now.Beta1)).add_(g, alpha: S(1 - now.Beta1));
            v.mul_(S(now.Beta2)).addcmul_(g, g, value: S(1 - now.Beta2));
            Tensor work = v.sqrt().mul_(S(root)).add_(S(now.Epsilon), One);
            w.addcdiv_(m, work, value: S(rate));
            if (now.NormalizeRows)
            {
                NormalizeRows(w);
            }

            // 0·v + 0·w is 0 unless something is not finite; the sum stays on the device until somebody asks.
            flag.add_(v.mul(Zero).add_(w, alpha: Zero).sum(), One);
        });
    }

    /// <inheritdoc/>
    public override void UpdateAtoms(DeviceMatrix dictionary, DeviceMatrix codesGram, DeviceMatrix codesSignals, float threshold, bool unitBall, bool nonNegative = false)
    {
        if (codesGram.Rows != dictionary.Rows || codesGram.Columns != dictionary.Rows || codesSignals.Rows != dictionary.Rows || codesSignals.Columns != dictionary.Columns)
        {
            throw new ArgumentException($"codesᵀcodes {codesGram} and codesᵀX {codesSignals} do not fit the dictionary {dictionary}.", nameof(dictionary));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor d = Of(dictionary), gram = Of(codesGram), signals = Of(codesSignals);
        long atoms = dictionary.Rows;
        Tensor weight = gram.diagonal().unsqueeze(1), used = weight.gt(S(threshold)), inverse = where(used, weight.reciprocal(), Constant(0));
        for (long start = 0; start < atoms; start += AtomsPerBlock)
        {
            // B − A·D for a block of atoms by one product; within the block a changed atom's part is corrected.
            using DisposeScope blockScope = NewDisposeScope();
            long count = Math.Min(AtomsPerBlock, atoms - start);
            Tensor open = signals.narrow(0, start, count).clone();
            Multiply(open, gram.narrow(0, start, count), d, -1, 1);
            Tensor inner = gram.narrow(0, start, count).narrow(1, start, count);
            for (long k = 0; k < count; k++)
            {
                using DisposeScope atomScope = NewDisposeScope();
                Tensor row = d.narrow(0, start + k, 1), mine = inverse.narrow(0, start + k, 1);
                Tensor moved = row.add(open.narrow(0, k, 1) * mine, One);
                if (nonNegative)
                {
                    moved.clamp_min_(Zero);
                }

                Tensor norm = moved.norm(1, keepdim: true, p: 2);
                moved.div_(unitBall ? norm.clamp_min_(One) : where(norm.eq(Zero), Constant(1), norm));
                Tensor next = where(used.narrow(0, start + k, 1), moved, row);
                if (k + 1 < count)
                {
                    Multiply(open.narrow(0, k + 1, count - k - 1), inner.narrow(0, k + 1, count - k - 1).narrow(1, k, 1), next - row, -1, 1);
                }

                row.copy_(next);
            }
        }
    }
}
