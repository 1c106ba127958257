using System.Diagnostics;

namespace SparseCoding.Samples.Interpretability;

/// <summary>A chat model behind any command that reads a prompt from standard input and writes the answer: the library itself takes any delegate.</summary>
internal static class CommandChatModel
{
    /// <summary>The model of this command line; the first word is the program, the rest its arguments.</summary>
    public static ChatModel Create(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            throw new ArgumentException("--chat names no command.");
        }

        return async (prompt, cancellation) =>
        {
            var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start) ?? throw new IOException($"{words[0]} did not start.");
            Task<string> answer = process.StandardOutput.ReadToEndAsync(cancellation);
            await process.StandardInput.WriteAsync(prompt.AsMemory(), cancellation);
            process.StandardInput.Close();
            string text = await answer;
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? text : throw new IOException($"{command} ended with exit code {process.ExitCode}.");
        };
    }
}
