using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Converts other people's penalty weights to this library's λ, which always means ½‖x − zD‖² + λ‖z‖₁ for one signal.</summary>
public static class PenaltyScale
{
    /// <summary>λ = λ_paper · M / (2N): O'Neill and Klindt average the squared error over M entries and the penalty over N atoms.</summary>
    /// <param name="lambda">The paper's λ.</param>
    /// <param name="dimension">Dimension M.</param>
    /// <param name="atomCount">Number N of atoms.</param>
    public static float FromPaper(float lambda, int dimension, int atomCount) =>
        Throw.NonNegative(lambda, nameof(lambda)) * Throw.AtLeast(dimension, 1, nameof(dimension)) / (2f * Throw.AtLeast(atomCount, 1, nameof(atomCount)));

    /// <summary>λ_paper = λ · 2N / M, the inverse of <see cref="FromPaper"/>.</summary>
    /// <param name="lambda">This library's λ.</param>
    /// <param name="dimension">Dimension M.</param>
    /// <param name="atomCount">Number N of atoms.</param>
    public static float ToPaper(float lambda, int dimension, int atomCount) => lambda * 2f * atomCount / dimension;

    /// <summary>λ = α: scikit-learn's SparseCoder, sparse_encode and DictionaryLearning have the same objective.</summary>
    /// <param name="alpha">Their transform_alpha or alpha.</param>
    public static float FromSparseCoder(float alpha) => Throw.NonNegative(alpha, nameof(alpha));

    /// <summary>λ = α · M: scikit-learn's Lasso, LassoLars and lars_path divide the squared error by the number of rows of their X, here the dimension M.</summary>
    /// <param name="alpha">Their alpha.</param>
    /// <param name="dimension">Dimension M of a signal.</param>
    public static float FromScikitLasso(float alpha, int dimension) => Throw.NonNegative(alpha, nameof(alpha)) * Throw.AtLeast(dimension, 1, nameof(dimension));

    /// <summary>λ = λ₁: SPAMS' lasso in its PENALTY mode has the same objective.</summary>
    /// <param name="lambda1">Its lambda1.</param>
    public static float FromSpams(float lambda1) => Throw.NonNegative(lambda1, nameof(lambda1));

    /// <summary>λ = α · M · l1_ratio and μ = α · M · (1 − l1_ratio): scikit-learn's ElasticNet minimises ‖y − Xw‖² / 2M + α l1_ratio ‖w‖₁ + ½ α (1 − l1_ratio) ‖w‖², this library ½‖x − zD‖² + λ‖z‖₁ + ½μ‖z‖².</summary>
    /// <param name="alpha">Its alpha.</param>
    /// <param name="l1Ratio">Its l1_ratio, 0 to 1.</param>
    /// <param name="dimension">Dimension M of a signal.</param>
    public static (float Lambda, float Ridge) FromScikitElasticNet(float alpha, float l1Ratio, int dimension)
    {
        Throw.InRange(l1Ratio, 0, 1, nameof(l1Ratio));
        float weight = FromScikitLasso(alpha, dimension);
        return (weight * l1Ratio, weight * (1 - l1Ratio));
    }

    /// <summary>λ = λ₁ and μ = λ₂: SPAMS' lasso in its PENALTY mode minimises ½‖x − zD‖² + λ₁‖z‖₁ + ½λ₂‖z‖².</summary>
    /// <param name="lambda1">Its lambda1.</param>
    /// <param name="lambda2">Its lambda2.</param>
    public static (float Lambda, float Ridge) FromSpamsElasticNet(float lambda1, float lambda2) =>
        (Throw.NonNegative(lambda1, nameof(lambda1)), Throw.NonNegative(lambda2, nameof(lambda2)));
}
