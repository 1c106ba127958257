using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseCoding.Contracts;

/// <summary>Writes a list of integers as a JSON array.</summary>
internal sealed class Int32ListConverter : JsonConverter<ValueList<int>>
{
    /// <inheritdoc/>
    public override ValueList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("an array of integers is expected");
        }

        var items = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(reader.GetInt32());
        }

        return new ValueList<int>([.. items]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ValueList<int> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (int item in value)
        {
            writer.WriteNumberValue(item);
        }

        writer.WriteEndArray();
    }
}
