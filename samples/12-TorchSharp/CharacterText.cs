using System.Text;
using TorchSharp;

namespace SparseCoding.Samples.Torch;

/// <summary>A text as whole numbers, one for each character: those that come at least ten times have a number of their own, the others share one.</summary>
internal sealed class CharacterText
{
    private const char Other = '□';
    private readonly Dictionary<char, int> _numbers = [];
    private readonly List<char> _characters = [Other];
    private readonly long[] _tokens;

    private CharacterText(string text)
    {
        foreach (char character in text.GroupBy(c => c).Where(group => group.Count() >= 10).Select(group => group.Key).Order())
        {
            _numbers[character] = _characters.Count;
            _characters.Add(character);
        }

        _tokens = [.. text.Select(Number)];
    }

    /// <summary>Different tokens.</summary>
    public int Vocabulary => _characters.Count;

    /// <summary>Characters of the text.</summary>
    public int Length => _tokens.Length;

    /// <summary>Reads files and folders (their .md and .txt files, in the order of their names).</summary>
    public static CharacterText Read(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            paths = [OwnDocs()];
        }

        var text = new StringBuilder();
        foreach (string path in paths)
        {
            IEnumerable<string> files = Directory.Exists(path)
                ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".md" or ".txt").Order(StringComparer.Ordinal)
                : [path];
            foreach (string file in files)
            {
                text.Append(File.ReadAllText(file)).Append('\n');
            }
        }

        return text.Length >= 20_000 ? new CharacterText(text.ToString()) : throw new InvalidDataException($"The text has {text.Length} characters; 20000 are needed to learn anything from it.");
    }

    /// <summary>Tokens of a text.</summary>
    public long[] Encode(string text) => [.. text.Select(Number)];

    /// <summary>The text of tokens.</summary>
    public string Decode(IEnumerable<long> tokens) => string.Concat(tokens.Select(token => _characters[(int)token]));

    /// <summary>Windows [count, positions] that start at random places of the first nine tenths.</summary>
    public torch.Tensor Random(int count, int positions, Random random) =>
        Windows([.. Enumerable.Range(0, count).Select(_ => random.Next((Length * 9 / 10) - positions))], positions);

    /// <summary>Windows [count, positions] one after the other, from a place on.</summary>
    public torch.Tensor Following(int first, int count, int positions) =>
        Windows([.. Enumerable.Range(0, count).Select(i => first + (i * positions))], positions);

    private torch.Tensor Windows(int[] starts, int positions)
    {
        var tokens = new long[starts.Length * positions];
        for (int i = 0; i < starts.Length; i++)
        {
            _tokens.AsSpan(starts[i], positions).CopyTo(tokens.AsSpan(i * positions));
        }

        return torch.tensor(tokens, [starts.Length, positions]);
    }

    private int Number(char character) => _numbers.GetValueOrDefault(character);

    private static string OwnDocs()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string docs = Path.Combine(folder.FullName, "docs");
            if (File.Exists(Path.Combine(folder.FullName, "SparseCoding.sln")) && Directory.Exists(docs))
            {
                return docs;
            }
        }

        throw new DirectoryNotFoundException("The docs folder of the repository is not above this program; name a text.");
    }
}
