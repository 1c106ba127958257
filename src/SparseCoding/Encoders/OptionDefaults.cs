using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace SparseCoding.Encoders;

/// <summary>
/// Gives JSON of options the declared default of every key that it lacks: a file may be older than an option. The generated reader sets what is missing to 0 instead,
/// because it fills init-only properties in the constructor's call. A key that is required stays missing, and the reader refuses it by name.
/// </summary>
internal static class OptionDefaults
{
    // One of each record that JSON can hold, with its declared defaults; numbers that are required are never taken from here. Held against the types themselves by a test.
    private static readonly Dictionary<Type, Func<object>> Instances = new()
    {
        [typeof(AbsTopKSelection)] = () => new AbsTopKSelection(1),
        [typeof(AdamOptions)] = () => new AdamOptions(),
        [typeof(AdmmOptions)] = () => new AdmmOptions { Lambda = 1 },
        [typeof(ApproximateKSvdUpdate)] = () => new ApproximateKSvdUpdate(),
        [typeof(ArchetypalDecoderOptions)] = () => new ArchetypalDecoderOptions(),
        [typeof(AuxKRemedy)] = () => new AuxKRemedy(),
        [typeof(AuxZipfRemedy)] = () => new AuxZipfRemedy(),
        [typeof(BatchTopKSelection)] = () => new BatchTopKSelection(1),
        [typeof(BiasAdaptationRemedy)] = () => new BiasAdaptationRemedy(),
        [typeof(BlockCoordinateUpdate)] = () => new BlockCoordinateUpdate(),
        [typeof(CosampOptions)] = () => new CosampOptions { MaxActive = 1 },
        [typeof(CountAnnealing)] = () => new CountAnnealing { From = 1, Steps = 1 },
        [typeof(CrosscoderDecoderOptions)] = () => new CrosscoderDecoderOptions { ViewDimensions = [1] },
        [typeof(DictionaryLearningOptions)] = () => new DictionaryLearningOptions(),
        [typeof(FeatureChoiceSelection)] = () => new FeatureChoiceSelection(1),
        [typeof(FistaOptions)] = () => new FistaOptions { Lambda = 1 },
        [typeof(GatedSelection)] = () => new GatedSelection(),
        [typeof(GhostGradientRemedy)] = () => new GhostGradientRemedy(),
        [typeof(GradientTopKSelection)] = () => new GradientTopKSelection(1),
        [typeof(GradientUpdate)] = () => new GradientUpdate(),
        [typeof(GroupMaxSelection)] = () => new GroupMaxSelection(1),
        [typeof(HardThresholdSelection)] = () => new HardThresholdSelection(1),
        [typeof(HtpOptions)] = () => new HtpOptions { MaxActive = 1 },
        [typeof(IhtOptions)] = () => new IhtOptions { MaxActive = 1 },
        [typeof(ItoOptions)] = () => new ItoOptions(),
        [typeof(JumpReluSelection)] = () => new JumpReluSelection(),
        [typeof(KMeansOptions)] = () => new KMeansOptions { AtomCount = 1 },
        [typeof(KSvdUpdate)] = () => new KSvdUpdate(),
        [typeof(L0Controller)] = () => new L0Controller { Target = 1 },
        [typeof(L0Penalty)] = () => new L0Penalty { Weight = 1 },
        [typeof(L1Penalty)] = () => new L1Penalty { Weight = 1 },
        [typeof(LarsOptions)] = () => new LarsOptions(),
        [typeof(LassoOptions)] = () => new LassoOptions { Lambda = 1 },
        [typeof(LcaOptions)] = () => new LcaOptions { Lambda = 1 },
        [typeof(LinearDecoderOptions)] = () => new LinearDecoderOptions(),
        [typeof(ListaOptions)] = () => new ListaOptions { AtomCount = 1 },
        [typeof(LogPenalty)] = () => new LogPenalty { Weight = 1 },
        [typeof(LpPenalty)] = () => new LpPenalty { Weight = 1 },
        [typeof(MatchingPursuitSelection)] = () => new MatchingPursuitSelection(1),
        [typeof(MatryoshkaDecoderOptions)] = () => new MatryoshkaDecoderOptions(),
        [typeof(MlpOptions)] = () => new MlpOptions { AtomCount = 1 },
        [typeof(ModUpdate)] = () => new ModUpdate(),
        [typeof(MuonOptions)] = () => new MuonOptions(),
        [typeof(NearestAtomOptions)] = () => new NearestAtomOptions(),
        [typeof(OmpOptions)] = () => new OmpOptions(),
        [typeof(OrthogonalPursuitSelection)] = () => new OrthogonalPursuitSelection(1),
        [typeof(PolynomialDecoderOptions)] = () => new PolynomialDecoderOptions(),
        [typeof(PreActivationRemedy)] = () => new PreActivationRemedy(),
        [typeof(ProLuSelection)] = () => new ProLuSelection(),
        [typeof(ReluSelection)] = () => new ReluSelection(),
        [typeof(ResamplingRemedy)] = () => new ResamplingRemedy(),
        [typeof(SaeOptions)] = () => new SaeOptions { AtomCount = 1 },
        [typeof(Schedule)] = () => Schedule.Constant(1),
        [typeof(SignumOptions)] = () => new SignumOptions(),
        [typeof(SoftThresholdSelection)] = () => new SoftThresholdSelection(1),
        [typeof(SparseCodingOptions)] = () => new SparseCodingOptions { AtomCount = 1 },
        [typeof(SquaredL0Penalty)] = () => new SquaredL0Penalty { Weight = 1, Target = 1 },
        [typeof(SubspacePursuitOptions)] = () => new SubspacePursuitOptions { MaxActive = 1 },
        [typeof(TanhPenalty)] = () => new TanhPenalty { Weight = 1 },
        [typeof(ThresholdOptions)] = () => new ThresholdOptions(),
        [typeof(TopAfaSelection)] = () => new TopAfaSelection(),
        [typeof(TopKSelection)] = () => new TopKSelection(1),
        [typeof(TrainingOptions)] = () => new TrainingOptions(),
        [typeof(TranscoderDecoderOptions)] = () => new TranscoderDecoderOptions { OutputDimension = 1 },
        [typeof(VariationalTopKSelection)] = () => new VariationalTopKSelection(1),
    };

    /// <summary>One record of that type with its declared defaults (what is required is 1); null where the type is none of options.</summary>
    public static object? Of(Type type) => Instances.TryGetValue(type, out Func<object>? create) ? create() : null;

    /// <summary>Whether the reader itself refuses JSON without this property.</summary>
    public static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.AssociatedParameter is { IsMemberInitializer: false, HasDefaultValue: false };

    /// <summary>Adds what is missing to an object, and to those inside it. What is no object of that type is left to the reader, which refuses it.</summary>
    public static void Complete(JsonNode? node, JsonTypeInfo type)
    {
        if (node is JsonArray array && type.Type == typeof(ValueList<DeadLatentRemedy>))
        {
            foreach (JsonNode? item in array)
            {
                Complete(item, EncoderJson.Default.DeadLatentRemedy);
            }
        }

        if (node is not JsonObject values || Concrete(values, type) is not { Kind: JsonTypeInfoKind.Object } found)
        {
            return;
        }

        JsonObject? defaults = null;
        foreach (JsonPropertyInfo property in found.Properties)
        {
            if (values.TryGetPropertyValue(property.Name, out JsonNode? value))
            {
                Complete(value, EncoderJson.Default.GetTypeInfo(property.PropertyType)!);
            }
            else if (!IsRequired(property))
            {
                defaults ??= JsonSerializer.SerializeToNode(Of(found.Type) ?? throw new InvalidOperationException($"{found.Type.Name} has no entry in OptionDefaults."), found)!.AsObject();
                values[property.Name] = defaults[property.Name]?.DeepClone();
            }
        }
    }

    /// <summary>The type that the object says it is, where its type is a family; null where it says nothing that is known.</summary>
    private static JsonTypeInfo? Concrete(JsonObject values, JsonTypeInfo type)
    {
        if (type.PolymorphismOptions is not { } family)
        {
            return type;
        }

        string? kind = values[family.TypeDiscriminatorPropertyName] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        return family.DerivedTypes.FirstOrDefault(t => t.TypeDiscriminator as string == kind && kind is not null).DerivedType is { } derived ? EncoderJson.Default.GetTypeInfo(derived) : null;
    }
}
