using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SparseCoding.Encoders;

/// <summary>JSON of options and records, generated at compile time (no reflection).</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(Int32ListConverter), typeof(RemedyListConverter)],
    UseStringEnumConverter = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(SaeOptions))]
[JsonSerializable(typeof(DeadLatentRemedy))]
[JsonSerializable(typeof(MlpOptions))]
[JsonSerializable(typeof(ListaOptions))]
[JsonSerializable(typeof(TrainingOptions))]
[JsonSerializable(typeof(DictionaryLearningOptions))]
[JsonSerializable(typeof(SparseCodingOptions))]
[JsonSerializable(typeof(OmpOptions))]
[JsonSerializable(typeof(LarsOptions))]
[JsonSerializable(typeof(ItoOptions))]
[JsonSerializable(typeof(LassoOptions))]
[JsonSerializable(typeof(FistaOptions))]
[JsonSerializable(typeof(IhtOptions))]
[JsonSerializable(typeof(HtpOptions))]
[JsonSerializable(typeof(CosampOptions))]
[JsonSerializable(typeof(SubspacePursuitOptions))]
[JsonSerializable(typeof(AdmmOptions))]
[JsonSerializable(typeof(LcaOptions))]
[JsonSerializable(typeof(NearestAtomOptions))]
[JsonSerializable(typeof(KMeansOptions))]
[JsonSerializable(typeof(ThresholdOptions))]
internal sealed partial class EncoderJson : JsonSerializerContext
{
    /// <summary>Options as JSON.</summary>
    public static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    /// <summary>
    /// Options from JSON. A key that is missing has the declared default, see <see cref="OptionDefaults"/>; InvalidDataException naming the file when they are not valid, lack what
    /// is required, or have a key that this version does not know: what it stands for could not be honoured.
    /// </summary>
    public static T Read<T>(string json, JsonTypeInfo<T> type, string fileName)
        where T : class
    {
        try
        {
            JsonNode? node = JsonNode.Parse(json);
            OptionDefaults.Complete(node, type);
            return node.Deserialize(type) ?? throw new InvalidDataException($"{fileName}: the options are null.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"{fileName}: the options are not valid: {exception.Message}", exception);
        }
    }
}
