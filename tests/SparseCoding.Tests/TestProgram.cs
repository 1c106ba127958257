namespace SparseCoding.Tests;

/// <summary>What this assembly does as a process of its own: the parts that a test has to start and kill.</summary>
internal static class TestProgram
{
    private static int Main(string[] arguments)
    {
        if (arguments is [Training.KillTests.Command, string folder])
        {
            Training.KillTests.Train(folder);
            return 0;
        }

        Console.Error.WriteLine("This is the test assembly; run it with dotnet test.");
        return 2;
    }
}
