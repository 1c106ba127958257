using Microsoft.Extensions.Logging;

namespace SparseCoding.Tests.Training;

/// <summary>A logger factory that keeps the event ids and messages of everything that is logged.</summary>
internal sealed class EventLog : ILoggerFactory, ILogger
{
    private readonly List<(int Id, string Message)> _events = [];

    public int[] Ids
    {
        get
        {
            lock (_events)
            {
                return [.. _events.Select(e => e.Id)];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_events)
        {
            _events.Add((eventId.Id, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
