using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using SparseCoding.Encoders;

namespace SparseCoding.Tests.Encoders;

/// <summary>Files outlive the options that they were written with: a key that a file lacks has its declared default, or is refused by name, and one that nobody knows is refused.</summary>
public sealed class OptionJsonTests
{
    private static readonly JsonTypeInfo[] Roots =
    [
        EncoderJson.Default.SaeOptions, EncoderJson.Default.DeadLatentRemedy, EncoderJson.Default.MlpOptions, EncoderJson.Default.ListaOptions, EncoderJson.Default.TrainingOptions,
        EncoderJson.Default.DictionaryLearningOptions, EncoderJson.Default.SparseCodingOptions, EncoderJson.Default.OmpOptions, EncoderJson.Default.LarsOptions, EncoderJson.Default.ItoOptions,
        EncoderJson.Default.LassoOptions, EncoderJson.Default.FistaOptions, EncoderJson.Default.IhtOptions, EncoderJson.Default.HtpOptions, EncoderJson.Default.CosampOptions,
        EncoderJson.Default.SubspacePursuitOptions, EncoderJson.Default.AdmmOptions, EncoderJson.Default.LcaOptions, EncoderJson.Default.NearestAtomOptions, EncoderJson.Default.KMeansOptions,
        EncoderJson.Default.ThresholdOptions,
    ];

    /// <summary>All records that options can hold.</summary>
    private static IEnumerable<Type> Records => Reachable().Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name)));

    [Test]
    public void Roots_OfTheContext_AreAllHere() =>
        Assert.That(
            Roots.Select(r => r.Type),
            Is.EquivalentTo(typeof(EncoderJson).GetCustomAttributesData().Where(a => a.AttributeType.Name == "JsonSerializableAttribute").Select(a => (Type)a.ConstructorArguments[0].Value!)));

    [TestCaseSource(nameof(Records))]
    public void Read_EachKeyDroppedInTurn_HasItsDeclaredDefaultOrIsRefusedByName(Type type)
    {
        object? declared = OptionDefaults.Of(type);
        Assert.That(declared, Is.Not.Null.And.TypeOf(type), "an entry of OptionDefaults");
        JsonTypeInfo info = EncoderJson.Default.GetTypeInfo(type)!;
        string whole = JsonSerializer.Serialize(declared, info);
        Assert.That(Read(whole, info), Is.EqualTo(declared), "nothing dropped");
        if (type.GetConstructor([]) is { } create)
        {
            object made = create.Invoke([]);
            foreach (JsonPropertyInfo property in info.Properties.Where(p => !OptionDefaults.IsRequired(p)))
            {
                Assert.That(property.Get!(declared!), Is.EqualTo(property.Get(made)), $"the entry's {property.Name} is what the record declares");
            }
        }

        foreach (JsonPropertyInfo property in info.Properties)
        {
            JsonObject values = JsonNode.Parse(whole)!.AsObject();
            Assert.That(values.Remove(property.Name), Is.True, property.Name);
            if (OptionDefaults.IsRequired(property))
            {
                Assert.That(() => Read(values.ToJsonString(), info), Throws.TypeOf<InvalidDataException>().With.Message.Contains(property.Name).IgnoreCase.And.Message.Contains("the.file"), property.Name);
            }
            else
            {
                Assert.That(Read(values.ToJsonString(), info), Is.EqualTo(declared), property.Name);
            }
        }
    }

    [TestCaseSource(nameof(Records))]
    public void Read_KeyThatNobodyKnows_IsRefusedByName(Type type)
    {
        JsonTypeInfo info = EncoderJson.Default.GetTypeInfo(type)!;
        JsonObject values = JsonNode.Parse(JsonSerializer.Serialize(OptionDefaults.Of(type), info))!.AsObject();
        values["OptionOfTheFuture"] = 3;
        Assert.That(() => Read(values.ToJsonString(), info), Throws.TypeOf<InvalidDataException>().With.Message.Contains("OptionOfTheFuture"));
    }

    [Test]
    public void Read_KeysMissingInsideRecordsAndLists_HaveTheirDefaultsToo()
    {
        var options = new SaeOptions { AtomCount = 8, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy(), new ResamplingRemedy()] };
        JsonObject values = JsonNode.Parse(EncoderJson.Write(options, EncoderJson.Default.SaeOptions))!.AsObject();
        foreach (JsonObject remedy in values["Remedies"]!.AsArray().Select(r => r!.AsObject()))
        {
            foreach (string key in remedy.Select(p => p.Key).Where(k => k != "$type").ToArray())
            {
                remedy.Remove(key);
            }
        }

        Assert.That(EncoderJson.Read(values.ToJsonString(), EncoderJson.Default.SaeOptions, "f"), Is.EqualTo(options));
        TrainingOptions training = EncoderJson.Read("""{"Steps":7,"Optimizer":{"$type":"adam"},"LearningRate":{"Value":0.5}}""", EncoderJson.Default.TrainingOptions, "f");
        Assert.That(training, Is.EqualTo(new TrainingOptions { Steps = 7, LearningRate = Schedule.Constant(0.5f) }));
        Assert.That(training.AtomRateFactor, Is.EqualTo(new TrainingOptions().AtomRateFactor).And.Not.Zero);
    }

    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{\"Steps\":\"many\"}")]
    [TestCase("{\"Optimizer\":{\"$type\":\"unheard\"}}")]
    [TestCase("{\"Optimizer\":{}}")]
    [TestCase("{\"Optimizer\":null}")]
    [TestCase("{\"Steps\":-1}")]
    [TestCase("{\"Steps\":1,\"Steps\":2}")]
    [TestCase("{")]
    public void Read_NoOptions_NamesTheFile(string json) =>
        Assert.That(() => EncoderJson.Read(json, EncoderJson.Default.TrainingOptions, "the.file"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("the.file"));

    private static object? Read(string json, JsonTypeInfo info)
    {
        System.Reflection.MethodInfo read = typeof(EncoderJson).GetMethod(nameof(EncoderJson.Read))!.MakeGenericMethod(info.Type);
        try
        {
            return read.Invoke(null, [json, info, "the.file"]);
        }
        catch (System.Reflection.TargetInvocationException exception)
        {
            throw exception.InnerException!;
        }
    }

    private static HashSet<Type> Reachable()
    {
        var records = new HashSet<Type>();
        var seen = new HashSet<Type>();
        var open = new Queue<Type>(Roots.Select(r => r.Type));
        while (open.TryDequeue(out Type? type))
        {
            if (!seen.Add(type) || EncoderJson.Default.GetTypeInfo(type) is not { Kind: JsonTypeInfoKind.Object } info)
            {
                continue;
            }

            foreach (JsonDerivedType derived in info.PolymorphismOptions?.DerivedTypes ?? [])
            {
                open.Enqueue(derived.DerivedType);
            }

            if (!type.IsAbstract)
            {
                records.Add(type);
            }

            foreach (JsonPropertyInfo property in info.Properties)
            {
                open.Enqueue(property.PropertyType);
            }
        }

        return records;
    }
}
