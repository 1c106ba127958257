namespace SparseCoding.Samples.CompareEncoders;

internal static class RealActivations
{
    public static void Run(Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation) => throw new NotSupportedException();
}

internal static class PretrainedSae
{
    public static void Run(Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation) => throw new NotSupportedException();
}
