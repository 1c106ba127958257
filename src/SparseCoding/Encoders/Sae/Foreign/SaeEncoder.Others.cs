using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>Files of dictionary_learning, sparsify, OpenAI, Gemma Scope and Llama Scope.</content>
public sealed partial class SaeEncoder
{
    /// <summary>
    /// Reads a trainer folder of dictionary_learning: <c>ae.pt</c>, read without executing anything in it, and <c>config.json</c>. The codes are those of
    /// its <c>load_dictionary(folder)</c> and <c>encode(x)</c>: with pre = (x − b) Wᵀ + b_e, AutoEncoder ReLU(pre), its atoms brought to norm 1 as its
    /// loader does; AutoEncoderNew the same without b and without that; AutoEncoderTopK the k largest; BatchTopKSAE and MatryoshkaBatchTopKSAE pre where
    /// it exceeds the stored threshold; JumpReluAutoEncoder pre where it exceeds the latent's threshold, without b; GatedAutoEncoder ReLU(e^r p + b_mag) where p + b_gate is positive, with p = (x − b) Wᵀ. x̂ = codes · D + b_dec.
    /// </summary>
    /// <param name="folderOrFile">The folder, its <c>ae.pt</c>, or a file of its <c>checkpoints</c>.</param>
    /// <returns>A fitted encoder without training options.</returns>
    /// <exception cref="FileNotFoundException">The weights are missing.</exception>
    /// <exception cref="InvalidDataException">
    /// Another class, a missing or unexpected tensor, a wrong shape, two values of k, a threshold that was never set, a class that only config.json could
    /// tell, a damaged file, or anything in the .pt that is no tensor, number or text; the message names it.
    /// </exception>
    /// <remarks>Source: dictionary_learning, dictionary.py, trainers/ and utils.py (commit 60ec6bf, August 2025).</remarks>
    public static SaeEncoder LoadDictionaryLearning(string folderOrFile) => ForeignConversion.ToEncoder(DictionaryLearningLayout.Read(folderOrFile));

    /// <summary>
    /// Writes the encoder as dictionary_learning saves it, float32: <c>ae.pt</c>, which torch.load reads (weights_only included), and <c>config.json</c>.
    /// TopK becomes an AutoEncoderTopK, BatchTopK a BatchTopKSAE (with a k that is not whole a JumpReluAutoEncoder), JumpReLU and feature choice a JumpReluAutoEncoder,
    /// gated a GatedAutoEncoder, a variational TopK the AutoEncoderTopK of its means; ReLU becomes an AutoEncoder where the encoder subtracts the decoder's bias and
    /// all atoms have norm 1, and else an AutoEncoderNew, because the loader of the first would change the codes. Scales are folded into the weights.
    /// </summary>
    /// <param name="folder">Folder to write; made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">The encoder has a part that the layout cannot hold, or more than 4 GiB of weights.</exception>
    public void SaveDictionaryLearning(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        DictionaryLearningWriter.Write(folder, new ForeignExport(State));
    }

    /// <summary>
    /// Reads a hookpoint folder of sparsify: <c>cfg.json</c> and <c>sae.safetensors</c>. codes = the k largest of ReLU((x − b_dec) Wᵀ + b), x̂ = codes · W_dec + b_dec;
    /// with groupmax the largest of each of k groups of neighbours; with signed, of its first versions, the k of largest magnitude with their signs and without the ReLU. W_dec is taken as it is stored, [latents, d_in].
    /// </summary>
    /// <param name="folderOrFile">The folder, or its <c>sae.safetensors</c> with <c>cfg.json</c> beside it.</param>
    /// <returns>A fitted encoder without training options.</returns>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">Another activation, a missing or unexpected tensor, a wrong shape, a damaged file; the message names it.</exception>
    /// <remarks>Source: sparsify 1.3.0, sparse_coder.py, config.py, fused_encoder.py (commit 9d3b136, June 2026).</remarks>
    public static SaeEncoder LoadSparsify(string folderOrFile) => ForeignConversion.ToEncoder(SparsifyLayout.Read(folderOrFile));

    /// <summary>
    /// Writes a TopK or GroupMax encoder as a folder that sparsify's <c>SparseCoder.load_from_disk</c> reads, float32. Scales are folded into the weights; where the encoder subtracts
    /// another vector than the decoder adds, the difference goes into the bias.
    /// </summary>
    /// <param name="folder">Folder to write; made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">The selection is neither TopK nor GroupMax with groups of one size: what sparsify and this library share.</exception>
    public void SaveSparsify(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        SparsifyWriter.Write(folder, new ForeignExport(State));
    }

    /// <summary>
    /// Reads a <c>.pt</c> of openai/sparse_autoencoder without executing anything in it: codes = ReLU((x − pre_bias) Wᵀ + latent_bias),
    /// x̂ = codes · D + pre_bias. The rows of a TopK file go through LayerNorm first, so that its decoder is an <see cref="ISignalDecoder"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>A fitted encoder without training options.</returns>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">Another activation, a missing or unexpected entry, a wrong shape, a damaged file; the message names it.</exception>
    /// <exception cref="NotSupportedException">A TopK file: read and checked, but not computed yet.</exception>
    /// <remarks>Source: openai/sparse_autoencoder, model.py (commit 4965b94, June 2024).</remarks>
    public static SaeEncoder LoadOpenAI(string path) => ForeignConversion.ToEncoder(OpenAILayout.Read(path));

    /// <summary>
    /// Reads Gemma Scope: <c>params.npz</c> of the first release, or <c>params.safetensors</c> with <c>config.json</c> of the second. codes = pre = x W_enc + b_enc where it
    /// exceeds the latent's threshold, x̂ = codes · W_dec + b_dec; b_dec is not subtracted. The SAE of the embedding works on the embedding's own rows: divide the
    /// rows that the model's first layer sees by √d. A transcoder has the same tensors and is known by its folder only, so keep the folders' names.
    /// </summary>
    /// <param name="folderOrFile">The folder (…/average_l0_N, or …/layer_…), or the file in it.</param>
    /// <returns>A fitted encoder without training options; <see cref="ExpectedL0"/> is the N of average_l0_N where the folder says it.</returns>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">Another architecture, a missing or unexpected tensor, a wrong shape, a damaged file; the message names it.</exception>
    /// <remarks>Source: SAELens' loaders gemma_2 (6.18.0) and gemma_3; the second release is restated from the loader and was not cross-checked.</remarks>
    public static SaeEncoder LoadGemmaScope(string folderOrFile) => ForeignConversion.ToEncoder(GemmaScopeLayout.Read(folderOrFile));

    /// <summary>
    /// Reads a folder of Llama Scope: <c>hyperparams.json</c> and <c>checkpoints/final.safetensors</c>. With s = √d_model / dataset_average_activation_norm.in,
    /// codes = pre = s·x Wᵀ + b where it exceeds s · jump_relu_threshold, x̂ = (codes · D + b_dec)/s, on unscaled activations x. Also the layout of R1-Distill
    /// (<c>config.json</c> and <c>sae_weights.safetensors</c>), which does not store s.
    /// </summary>
    /// <param name="folder">The folder of one SAE.</param>
    /// <param name="activationScale">s, only for R1-Distill; null otherwise.</param>
    /// <returns>A fitted encoder without training options.</returns>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A missing or unexpected tensor, a wrong shape, a missing scale, a damaged file; the message names it.</exception>
    /// <exception cref="ArgumentException">An activation scale although the files store one, or one that is not positive.</exception>
    /// <remarks>Source: SAELens' loaders llama_scope and llama_scope_r1_distill (6.18.0), with the scaled threshold of its pull request 483.</remarks>
    public static SaeEncoder LoadLlamaScope(string folder, float? activationScale = null) => ForeignConversion.ToEncoder(LlamaScopeLayout.Read(folder, activationScale));
}
