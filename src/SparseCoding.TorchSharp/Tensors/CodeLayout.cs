namespace SparseCoding.Torch;

/// <summary>How codes, [samples, atoms], lie in a torch tensor.</summary>
public enum CodeLayout
{
    /// <summary>Coordinates (torch.sparse_coo): indices [2, entries] and values [entries]. Memory goes with the entries; what TorchSharp's own API knows.</summary>
    Coordinates,

    /// <summary>Compressed sparse rows (torch.sparse_csr): row starts [samples + 1], columns and values [entries]. TorchSharp's products and to_dense take it; indices are not in its API.</summary>
    CompressedRows,

    /// <summary>Dense: 4 bytes × samples × atoms, whatever the codes.</summary>
    Dense,
}
