using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseCoding.Encoders;

/// <summary>Writes a list of remedies as a JSON array.</summary>
internal sealed class RemedyListConverter : JsonConverter<ValueList<DeadLatentRemedy>>
{
    /// <inheritdoc/>
    public override ValueList<DeadLatentRemedy> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("an array of remedies is expected");
        }

        var items = new List<DeadLatentRemedy>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(JsonSerializer.Deserialize(ref reader, EncoderJson.Default.DeadLatentRemedy) ?? throw new JsonException("a remedy is null"));
        }

        return new ValueList<DeadLatentRemedy>([.. items]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ValueList<DeadLatentRemedy> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (DeadLatentRemedy item in value)
        {
            JsonSerializer.Serialize(writer, item, EncoderJson.Default.DeadLatentRemedy);
        }

        writer.WriteEndArray();
    }
}
