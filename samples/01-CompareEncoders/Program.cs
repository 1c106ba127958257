using SparseCoding.Samples.CompareEncoders;

// Exit codes: 0 done, 1 a failure, 2 bad arguments or bad files, 130 stopped by Ctrl+C (what was done is printed and written).
return Arguments.Parse(args, out Arguments? arguments) is { } exit ? exit : Job.Run(arguments!);
