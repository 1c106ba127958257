using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Signum in one sweep.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void OptimizeSign(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, in OptimizerStep step)
    {
        var numbers = new SignumStep
        {
            LearningRate = step.LearningRate,
            Beta = step.Beta1,
            Project = step.ProjectGradient,
            Normalize = step.NormalizeRows,
            GradientScale = (float)ScaleOf(step),
        };
        ForRowBlocks(weights.Rows, weights.Columns, new SignumBlock(this, Cpu(weights), Cpu(gradient), Cpu(first), numbers));
    }

    /// <summary>The factor on the gradient; the host reads the device's own part for nothing here.</summary>
    private static double ScaleOf(in OptimizerStep step) =>
        (step.GradientScale == 0 ? 1 : (double)step.GradientScale) * (step.GradientFactor is { } factor ? Cpu(factor).Span[0] : 1);

    private readonly struct SignumBlock(CpuBackend owner, CpuMatrix w, CpuMatrix g, CpuMatrix m, SignumStep step) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int count = end - first;
            if (Signum.Step(w.RowRange(first, count), g.RowRange(first, count), m.RowRange(first, count), count, w.Columns, step))
            {
                owner._nonFinite = true; // only ever set, so that blocks on several threads agree
            }
        }
    }
}
