using System.Runtime.InteropServices;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>
/// Compressed sparse rows in torch. TorchSharp's own API knows coordinates (COO) only, so that these operations go through TorchScript, which libtorch compiles once in a process.
/// </summary>
internal static class CsrScript
{
    // The script must end in a new line.
    private const string Source = """
        def make(starts: Tensor, columns: Tensor, values: Tensor, rows: int, width: int) -> Tensor:
          return torch.sparse_csr_tensor(starts, columns, values, [rows, width], dtype=values.dtype, layout=None, device=values.device, pin_memory=False)

        def parts(matrix: Tensor) -> List[Tensor]:
          return [matrix.crow_indices(), matrix.col_indices(), matrix.values()]
        """;

    private static readonly Lazy<torch.jit.CompilationUnit> s_unit = new(() => torch.jit.compile(Source + "\n"));

    /// <summary>Whether a tensor is compressed sparse (rows, or one of its relatives). Such a tensor has no strides, which is how TorchSharp can tell.</summary>
    public static bool IsCompressed(torch.Tensor tensor)
    {
        if (tensor.is_sparse)
        {
            return false;
        }

        try
        {
            tensor.stride();
            return false;
        }
        catch (ExternalException)
        {
            return true;
        }
    }

    /// <summary>A matrix [rows, width] from its row starts [rows + 1], columns [entries] (both int64) and values [entries], all on one device.</summary>
    public static torch.Tensor Make(torch.Tensor starts, torch.Tensor columns, torch.Tensor values, int rows, int width) =>
        (torch.Tensor)s_unit.Value.invoke("make", starts, columns, values, S(rows), S(width));

    /// <summary>Row starts [rows + 1], columns [entries] and values [entries] of a matrix.</summary>
    public static (torch.Tensor Starts, torch.Tensor Columns, torch.Tensor Values) Parts(torch.Tensor matrix)
    {
        var parts = (torch.Tensor[])s_unit.Value.invoke("parts", matrix);
        return (parts[0], parts[1], parts[2]);
    }
}
