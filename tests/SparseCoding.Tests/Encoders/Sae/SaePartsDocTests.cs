using System.Text.Json.Serialization;

namespace SparseCoding.Tests;

/// <summary>docs/concepts/sae-parts.md says what is there: every selection and penalty has its row. (What goes with what: SaeProductTests.)</summary>
[TestFixture]
internal sealed class SaePartsDocTests
{
    private static string Text => File.ReadAllText(RepositoryRoot.Combine("docs", "concepts", "sae-parts.md"));

    /// <summary>The product of all parts has all parts.</summary>
    [Test]
    public void Choices_AreEveryPart()
    {
        foreach (Type part in (Type[])[typeof(Selection), typeof(SparsityPenalty), typeof(SaeDecoderOptions), typeof(DeadLatentRemedy)])
        {
            foreach (Type derived in Derived(part))
            {
                Assert.That(SaeChoice.All.Select(choice => choice.Name), Has.Some.StartsWith($"`{derived.Name}`"));
            }
        }
    }

    [Test]
    public void Tables_HaveARowForEveryPart()
    {
        foreach (Type part in Derived(typeof(Selection)).Concat(Derived(typeof(SparsityPenalty))))
        {
            Assert.That(Text, Does.Contain($"| `{part.Name}` |"));
        }
    }

    private static Type[] Derived(Type type) => [.. type.GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Select(attribute => ((JsonDerivedTypeAttribute)attribute).DerivedType)];
}
