using SparseCoding.Formats;

namespace SparseCoding.Training;

/// <summary>Tensors of an unrolled encoder in the library's own files: encoder.i.weight, .recurrent, .threshold, .step and the dictionary; what layers share is stored once.</summary>
internal static class UnrolledFile
{
    /// <summary>The tensors of a state.</summary>
    public static List<TensorToWrite> Tensors(UnrolledState state)
    {
        int n = state.Dictionary.AtomCount, m = state.Dictionary.Dimension;
        var tensors = new List<TensorToWrite>();
        for (int i = 0; i < state.Layers.Count; i++)
        {
            UnrolledLayer layer = state.Layers[i];
            if (i == 0 || !state.Spec.SharesWeights)
            {
                tensors.Add(TensorToWrite.Create($"encoder.{i}.weight", layer.Weights, n, m));
            }

            if (layer.Recurrent is not null && (i == 1 || !state.Spec.Tied))
            {
                tensors.Add(TensorToWrite.Create($"encoder.{i}.recurrent", layer.Recurrent, n, n));
            }

            tensors.Add(TensorToWrite.Create($"encoder.{i}.threshold", layer.Threshold, layer.Threshold.Length));
            if (state.Spec.Weights == ListaWeights.Analytic)
            {
                tensors.Add(TensorToWrite.Create($"encoder.{i}.step", new[] { layer.Step }, 1));
            }
        }

        tensors.AddRange(NetworkFile.DictionaryTensors(state.Dictionary));
        return tensors;
    }

    /// <summary>Checks before any memory is taken that every layer is there in the shape that the options ask for.</summary>
    /// <param name="file">A file, or a checkpoint, whose vectors are rows [1, length].</param>
    /// <param name="spec">What the layers are.</param>
    /// <param name="atomCount">Number of atoms.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="isCheckpoint">Whether it is a checkpoint.</param>
    public static void Require(StateFile file, UnrolledSpec spec, int atomCount, int dimension, bool isCheckpoint)
    {
        int thresholds = spec.ThresholdPerAtom ? atomCount : 1;
        void Vector(string name, int length)
        {
            if (isCheckpoint)
            {
                file.Require(name, 1, length);
            }
            else
            {
                file.Require(name, length);
            }
        }

        for (int i = 0; i < spec.LayerCount; i++)
        {
            Vector($"encoder.{i}.threshold", thresholds);
            if (i == 0 || !spec.SharesWeights)
            {
                file.Require($"encoder.{i}.weight", atomCount, dimension);
            }

            if (spec.Weights == ListaWeights.Free && i > 0 && (i == 1 || !spec.Tied))
            {
                file.Require($"encoder.{i}.recurrent", atomCount, atomCount);
            }

            if (spec.Weights == ListaWeights.Analytic)
            {
                Vector($"encoder.{i}.step", 1);
            }
        }
    }

    /// <summary>Reads a state; every shape is checked against the options.</summary>
    public static UnrolledState Read(StateFile file, UnrolledSpec spec, int atomCount)
    {
        int dimension = file.Count("dimension");
        if (file.Number("atoms") != atomCount || file.Number("layers") != spec.LayerCount)
        {
            throw new InvalidDataException($"{file.FileName}: the metadata says {file.Text("atoms")} atoms and {file.Text("layers")} layers, but the options say {atomCount} and {spec.LayerCount}.");
        }

        Require(file, spec, atomCount, dimension, isCheckpoint: false);
        int thresholds = spec.ThresholdPerAtom ? atomCount : 1;
        var layers = new UnrolledLayer[spec.LayerCount];
        for (int i = 0; i < layers.Length; i++)
        {
            float[] weights = i > 0 && spec.SharesWeights ? layers[0].Weights : file.Floats($"encoder.{i}.weight", atomCount, dimension);
            float[]? recurrent = spec.Weights != ListaWeights.Free || i == 0 ? null : i > 1 && spec.Tied ? layers[1].Recurrent : file.Floats($"encoder.{i}.recurrent", atomCount, atomCount);
            float[] threshold = file.Floats($"encoder.{i}.threshold", thresholds);
            if (threshold.AsSpan().ContainsAnyInRange(float.MinValue, -float.Epsilon))
            {
                throw new InvalidDataException($"{file.FileName}: encoder.{i}.threshold holds a negative number.");
            }

            layers[i] = new UnrolledLayer(weights, recurrent, threshold, spec.Weights == ListaWeights.Analytic ? file.Floats($"encoder.{i}.step", 1)[0] : 1);
        }

        return new UnrolledState { Spec = spec, Layers = layers, Dictionary = NetworkFile.ReadDictionary(file, atomCount, dimension) };
    }
}
