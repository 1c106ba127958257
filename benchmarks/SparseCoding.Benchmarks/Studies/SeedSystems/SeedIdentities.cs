namespace SparseCoding.Benchmarks;

/// <summary>What is exact is a test: the parts of the Verify lines that a run would add nothing to. A test checks that each of these tests exists.</summary>
internal static class SeedIdentities
{
    /// <summary>System, statement, test.</summary>
    public static IReadOnlyList<(string System, string Statement, string Test)> All { get; } =
    [
        ("1.1", "Quotas add up to ⌊k · rows⌋, each between 0 or 1 and the rows; uniform quotas differ by 1", "SaeIdentityTests.Quotas_OfAnyBatch_AddUpAndStayWithinIt"),
        ("1.1", "Selected in each column = its quota, the largest, by sorting", "SeedIdentityTests.Selections_OfABatch_AreTheBudgetsBySorting"),
        ("1.1", "MC = the M largest entries of the batch = BatchTopK, against an oracle that sorts the batch", "SaeGradientTests.Gradients_EveryParameter_AreThoseOfTheDocumentedLoss"),
        ("1.1", "AuxZipf = AuxK in the limit, to the bit", "RemedyTests.AuxZipf_WithoutAThreshold_IsAuxKToTheBit"),
        ("1.2", "beta = 0 is TopK to the bit, training included", "SaeIdentityTests.GradientTopK_WithoutItsGradient_IsTopK"),
        ("1.3", "Bias rule against hand numbers", "RemedyTests.Adapt_ByHand_MovesEachBiasAsThePaperSays"),
        ("1.3", "Tied: encoder rows are parallel to atoms after every step", "SeedIdentityTests.TieEncoder_AfterTraining_HasRowsAlongTheAtoms"),
        ("1.4", "AbsTopK = the minimiser over all supports, F = 8; hard threshold at √(2λ)", "SaeIdentityTests.Encode_OnTheIdentity_IsTheMinimiserOverAllSupports"),
        ("1.5", "eps_LBO <= eps on 10,000 random codes and dictionaries", "QuasiOrthogonalityTests.LowerBounds_OfRandomCodes_AreBelowTheCoherence"),
        ("1.5", "Orthonormal atoms: eps_LBO = 0 and ‖f‖ = ‖zD‖ to 1e-12", "QuasiOrthogonalityTests.Measure_OrthonormalAtoms_IsZeroAndOnTheDiagonal"),
        ("1.6", "KL in closed form against 1e5 draws, 1 %", "SaeIdentityTests.Divergence_InClosedForm_IsThatOfSamples"),
        ("1.6", "No noise, no divergence = TopK; gradients", "SaeIdentityTests.Gradients_InTheLimits_AreThoseOfThePlainParts"),
        ("1.7", "lambda_2 = lambda_3 = 0 is the linear part", "DecoderTests.Polynomial_WeightsZero_IsItsLinearPart"),
        ("1.7", "UᵀU = I after every step", "DecoderTests.Polynomial_AfterEveryStep_BasisIsOrthonormal"),
        ("1.7", "Strength of a pair = the mixed derivative", "DecoderTests.Polynomial_PairStrength_IsTheMixedDerivative"),
        ("1.1 to 1.7", "Gradients against finite differences in float64: selections, penalties, remedies", "SaeGradientTests.Gradients_EveryParameter_AreThoseOfTheDocumentedLoss"),
        ("1.7", "Gradients against finite differences in float64: decoders", "DecoderGradientTests.Gradients_EveryParameter_AreThoseOfTheDocumentedLoss"),
        ("1.7", "1-D Wasserstein distances against sorted samples", "ClassWassersteinTests.Measure_EqualClasses_IsTheMeanGapOfTheSortedValues"),
        ("1.8", "A basis first, then sparse mixtures: nothing is added, error 0", "ItdaTests.Fit_BasisThenSparseMixtures_AddsNothingMore"),
        ("1.8", "X and XQ choose the same rows", "ItdaTests.Fit_RotatedData_ChoosesTheSameRows"),
        ("1.8", "CKA, SVCCA, linear map, relative representations: invariances and hand values", "RepresentationSimilarityTests.All_OfARotation_AreOne"),
        ("1.9", "Dense atoms: the loss never rises; sparse ones have at most ⌈p · d⌉ entries; Z >= 0", "FactorizationTests.SemiNmf_DenseAtoms_NeverRisesAndSparseAtomsHaveTheirNumberOfEntries"),
        ("1.10", "Every row once in each pass", "ShuffleBufferTests.Fill_SeveralPasses_GiveEveryRowOnceInEach"),
        ("1.10", "Neighbours of one sequence near chance after mixing", "ShuffleBufferTests.Fill_RowsOfGroups_FollowTheirOwnGroupNearlyByChance"),
        ("1.11", "The hook's gradient: full = finite differences, stop = zeros, straight through = as it came", "ReconstructionHookTests.Backward_Full_IsTheFiniteDifference"),
    ];
}
