using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Where text, progress and tables go.</summary>
internal interface IDisplay
{
    /// <summary>Prints a line or more.</summary>
    void Say(string text);

    /// <summary>Does one piece of work, showing how far it is and how long it will take.</summary>
    T Work<T>(string name, Func<IProgress<TrainingProgress>, T> work);

    /// <summary>Prints a table.</summary>
    void Show(ReportTable table);
}

/// <summary>Progress that is handled where it is reported; the framework's Progress would post it to other threads, out of order.</summary>
internal sealed class Handler(Action<TrainingProgress> handle) : IProgress<TrainingProgress>
{
    /// <inheritdoc/>
    public void Report(TrainingProgress value) => handle(value);
}

/// <summary>Lines for files, pipes and CI: one when a piece of work ends, and one every ten seconds while it lasts.</summary>
internal sealed class PlainDisplay : IDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public void Say(string text) => Console.WriteLine(text);

    /// <inheritdoc/>
    public T Work<T>(string name, Func<IProgress<TrainingProgress>, T> work)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan last = TimeSpan.Zero;
        T result = work(new Handler(p =>
        {
            if (watch.Elapsed - last >= Interval)
            {
                last = watch.Elapsed;
                Console.WriteLine(FormattableString.Invariant($"  {name}: {100 * p.Fraction:0} %, {p.Remaining.TotalSeconds:0} s left"));
            }
        }));
        Console.WriteLine(FormattableString.Invariant($"  {name}: {watch.Elapsed.TotalSeconds:0.0} s"));
        return result;
    }

    /// <inheritdoc/>
    public void Show(ReportTable table)
    {
        Console.WriteLine();
        Console.WriteLine(table);
        Console.WriteLine();
    }
}

/// <summary>A bar with the time left, and drawn tables, for people.</summary>
internal sealed class TerminalDisplay : IDisplay
{
    /// <inheritdoc/>
    public void Say(string text) => AnsiConsole.WriteLine(text);

    /// <inheritdoc/>
    public T Work<T>(string name, Func<IProgress<TrainingProgress>, T> work)
    {
        var watch = Stopwatch.StartNew();
        T result = AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .Start(bars =>
            {
                ProgressTask bar = bars.AddTask(Markup.Escape(name), maxValue: 1);
                bar.IsIndeterminate = true;
                return work(new Handler(p =>
                {
                    bar.IsIndeterminate = false;
                    bar.Value = p.Fraction;
                    string loss = double.IsFinite(p.Loss) ? string.Create(CultureInfo.InvariantCulture, $", loss {p.Loss:G4}") : string.Empty;
                    bar.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{name}: {p.Remaining.TotalSeconds:0} s left{loss}"));
                }));
            });
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {watch.Elapsed.TotalSeconds:0.0} s"));
        return result;
    }

    /// <inheritdoc/>
    public void Show(ReportTable table)
    {
        var drawn = new Table { Border = TableBorder.Rounded };
        if (table.Title.Length > 0)
        {
            drawn.Title = new TableTitle(Markup.Escape(table.Title));
        }

        for (int i = 0; i < table.Columns.Count; i++)
        {
            drawn.AddColumn(new TableColumn(Markup.Escape(table.Columns[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        }

        foreach (IReadOnlyList<string> row in table.Rows)
        {
            drawn.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(drawn);
    }
}
