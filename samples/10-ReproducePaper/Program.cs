using SparseCoding.Samples.ReproducePaper;

// Exit codes: 0 done, 1 a failure, 2 bad arguments or a folder with other settings, 130 stopped by Ctrl+C (finished cells are kept; the same command goes on).
return Arguments.Parse(args, out Arguments? arguments) is { } exit ? exit : Job.Run(arguments!);
