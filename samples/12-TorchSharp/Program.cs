using SparseCoding.Samples.Torch;

// Exit codes: 0 done, 1 a failure, 2 bad arguments or bad files, 130 stopped by Ctrl+C.
return Arguments.Parse(args, out Arguments? arguments) is { } exit ? exit : Job.Run(arguments!);
