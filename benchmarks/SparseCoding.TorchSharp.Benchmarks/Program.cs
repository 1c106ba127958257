System.Console.WriteLine("see docs/results/torchsharp.md");
