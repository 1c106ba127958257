namespace SparseCoding;

/// <summary>What the layers of an unrolled encoder learn. Each layer maps the code z to S_θ(v), S_θ the soft threshold, r = u − zD.</summary>
public enum ListaWeights
{
    /// <summary>v = z + rWᵀ with W [atoms, dimension] learned: LISTA-CP, the weights coupled as convergence demands (Chen, Liu, Wang and Yin 2018).</summary>
    Coupled = 0,

    /// <summary>v = uWᵀ + zVᵀ with W [atoms, dimension] and V [atoms, atoms] learned apart: LISTA as it was proposed (Gregor and LeCun 2010).</summary>
    Free,

    /// <summary>v = z + γ rWᵀ with W computed from the dictionary (least ‖WDᵀ‖ with wᵢ·dᵢ = 1) and only γ and θ learned: ALISTA (Liu, Chen, Wang and Yin 2019). Needs a known dictionary.</summary>
    Analytic,
}
