namespace SparseCoding.Benchmarks;

/// <summary>Named measurements and checks, run as the first argument, before BenchmarkDotNet sees the arguments.</summary>
internal static class Commands
{
    private static readonly Dictionary<string, Func<string[], int>> s_all = new(StringComparer.Ordinal)
    {
        ["quick"] = QuickMode.Run,
        ["gemm-vs-openblas"] = GemmVersusOpenBlas.Run,
        ["assignment"] = AssignmentComparison.Run,
        ["cases"] = DeviceCommands.List,
        ["check-devices"] = DeviceCommands.Check,
        ["worlds"] = WorldsCommand.Run,
        ["ito-settings"] = ItoSettingsCommand.Run,
        ["sae-remedies"] = RemediesCommand.Run,
        ["online-dictionary"] = OnlineDictionaryCommand.Run,
        ["photo-dictionary"] = PhotoDictionaryCommand.Run,
        ["digits-dictionary"] = DigitsDictionaryCommand.Run,
        ["phase-transition"] = PhaseTransitionCommand.Run,
        ["lista"] = ListaCommand.Run,
        ["stream-training"] = StreamTrainingCommand.Run,
        ["defaults"] = DefaultsCommand.Run,
        ["sae-vs-pytorch"] = SaeVersusPyTorch.Run,
        ["solvers-vs-peers"] = SolversVersusPeers.Run,
        ["sae-phases"] = SaePhases.Run,
        ["seed-systems"] = SeedSystemsCommand.Run,
        ["sae-recipe"] = RecipeCommand.Run,
        ["sae-gaps"] = GapCommand.Run,
        ["sae-frontier"] = FrontierCommand.Run,
    };

    /// <summary>Runs the named command; false when the first argument names none.</summary>
    public static bool TryRun(string[] arguments, out int exitCode)
    {
        exitCode = 0;
        if (arguments.Length == 0 || !s_all.TryGetValue(arguments[0], out Func<string[], int>? command))
        {
            return false;
        }

        exitCode = command(arguments[1..]);
        return true;
    }
}
