using System.Reflection;

namespace SparseCoding.Tests;

/// <summary>The public API is a reviewed file: a change of it shows in the diff of every pull request, and none happens by accident.</summary>
[TestFixture]
internal sealed class PublicApiTests
{
    [Test]
    public void PublicApi_Today_IsTheApprovedOne()
    {
        string approvedFile = RepositoryRoot.Combine("tests", "SparseCoding.Tests", "Api", "SparseCoding.approved.txt");
        string receivedFile = approvedFile.Replace(".approved.", ".received.", StringComparison.Ordinal);
        string received = ApiPrinter.Print(Assembly.Load("SparseCoding"));
        string approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile) : string.Empty;
        if (received == approved)
        {
            File.Delete(receivedFile);
            return;
        }

        File.WriteAllText(receivedFile, received);
        string[] was = approved.Split('\n');
        string[] now = received.Split('\n');
        IEnumerable<string> changes = was.Except(now).Select(line => "- " + line).Concat(now.Except(was).Select(line => "+ " + line));
        Assert.Fail(
            "The public API differs from the approved one:\n" + string.Join('\n', changes)
            + "\nIf that is meant, accept it from the root of the repository and commit the file:\n"
            + $"    mv {RepositoryRoot.Relative(receivedFile)} {RepositoryRoot.Relative(approvedFile)}\n");
    }

    [Test]
    public void Print_SampleTypes_ShowsWhatUsersDependOn()
    {
        Type[] types = [typeof(Specimen), typeof(Specimen.Color), typeof(Specimen.Callback), typeof(Specimen.Settings), typeof(Specimen.View<>), typeof(Specimen.Open)];
        const string Expected = """
            SparseCoding.Tests: static class Specimen
                static int? Find<T>(Span<T> values, in T wanted, out string? why, int start = 3, string name = "a", params int[] rest) where T : unmanaged, IComparable<T>

            SparseCoding.Tests: delegate Specimen.Callback = string?(List<string?> names)

            SparseCoding.Tests: enum Specimen.Color
                Red = 0
                Blue = 4

            SparseCoding.Tests: abstract class Specimen.Open : IDisposable
                field const double Half = 0.5
                new protected ()
                protected abstract bool Step(float rate = 0.1)
                void Dispose()

            SparseCoding.Tests: sealed record Specimen.Settings : IEquatable<Specimen.Settings>
                new ()
                property required int Count { get; init; }
                property string? Name { get; init; }

            SparseCoding.Tests: readonly ref struct Specimen.View<T> where T : class, new()
                property T this[int index] { get; }
            """;
        string printed = ApiPrinter.Print(types);
        Assert.That(printed.TrimEnd(), Is.EqualTo(Expected));
    }
}

#pragma warning disable CA1034, CA1051, CA1815, CA1021, CA1045, CA1063, CA1816, CA1066, CA1724, CA1065
/// <summary>One public type of each kind, for the test of the printer; public because the printer shows public faces only.</summary>
public static class Specimen
{
    public delegate string? Callback(List<string?> names);

    public enum Color
    {
        Red,
        Blue = 4,
    }

    public static int? Find<T>(Span<T> values, in T wanted, out string? why, int start = 3, string name = "a", params int[] rest)
        where T : unmanaged, IComparable<T>
    {
        why = null;
        return values.Length > start ? wanted.CompareTo(values[start]) + name.Length + rest.Length : null;
    }

    public sealed record Settings
    {
        public required int Count { get; init; }

        public string? Name { get; init; }

        internal int Hidden { get; set; }
    }

    public readonly ref struct View<T>
        where T : class, new()
    {
        public T this[int index] => index == 0 ? new T() : throw new ArgumentOutOfRangeException(nameof(index));
    }

    public abstract class Open : IDisposable
    {
        public const double Half = 0.5;

        protected Open()
        {
        }

        public void Dispose()
        {
        }

        protected internal abstract bool Step(float rate = 0.1f);

        private protected static void Hidden()
        {
        }
    }
}
#pragma warning restore CA1034, CA1051, CA1815, CA1021, CA1045, CA1063, CA1816, CA1066, CA1724, CA1065
