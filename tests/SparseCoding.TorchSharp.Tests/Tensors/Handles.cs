using TorchSharp;

namespace SparseCoding.Tests.Torch;

/// <summary>Counts torch handles: what is alive after an action that was not before it.</summary>
internal static class Handles
{
    /// <summary>Runs the action once to warm up, then that many times; the number of handles that are left.</summary>
    public static long LeftBy(int times, Action action)
    {
        action();
        Settle();
        long before = torch.Tensor.TotalCount;
        for (int i = 0; i < times; i++)
        {
            action();
        }

        // Without a collection: what only a finalizer would free counts as left.
        return torch.Tensor.TotalCount - before;
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
