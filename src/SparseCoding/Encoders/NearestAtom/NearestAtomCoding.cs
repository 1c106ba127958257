namespace SparseCoding;

/// <summary>What a nearest-atom code is.</summary>
public enum NearestAtomCoding
{
    /// <summary>The atom nearest to the signal in Euclidean distance, with value 1: k-means codes, vector quantisation.</summary>
    OneHot,

    /// <summary>The atom whose line is nearest to the signal, with its best coefficient: the largest |c_j| / ‖d_j‖, value c_j / ‖d_j‖².</summary>
    Projection,
}
