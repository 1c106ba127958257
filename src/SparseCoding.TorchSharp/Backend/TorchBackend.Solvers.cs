using SparseCoding.Backends;
using SparseCoding.Kernels;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>
/// Whole solvers for a device. On the host the rows of the library's own kernels win (a Gram row is read per step, not a product made), as they do for non-negative and orthogonal least squares,
/// warm starts, LARS and coordinate descent, which branch by row: for those the correlations are read once. FISTA runs by primitives.
/// </content>
internal sealed partial class TorchBackend
{
    // As the kernels have them: correlations below the first and squared distances below the second are rounding, in units of ‖x‖ ‖d‖ and of ‖d‖².
    private const float NoiseFloor = 8 * 1.1920929e-7f, LeastPivot = 32 * 1.1920929e-7f;

    /// <summary>Bytes of the active atoms of the rows that are solved together.</summary>
    private const long OmpBytes = 1L << 28;

    /// <summary>Rounds beyond the budget, for rows that pass over dependent atoms, before the host takes over.</summary>
    private const int SpareRounds = 64;

    private enum OmpState
    {
        Running,
        Full,
        Reached,
        NoCandidate,
    }

    /// <summary>
    /// OMP of all rows at once, a product of residuals and atoms for each step and no Gram: the form for a device (the atoms of a large dictionary are read once for all rows). A step takes the
    /// largest |c_j|/‖d_j‖ of each row, makes the atom orthogonal to the active ones (Gram-Schmidt, twice) and takes its direction from the residual; the coefficients come at the end from
    /// one batched Cholesky. Whether rows are left is looked at after as many steps as the budget has, so that nothing waits before. Source: Pati, Rezaiifar, Krishnaprasad 1993.
    /// </summary>
    public override bool SolveOmp(BatchProblem problem, OmpParameters parameters, BatchSolution solution, CancellationToken cancellationToken)
    {
        if (_isHost || parameters.NonNegative || parameters.RecordPath || parameters.Rule != PursuitRule.Correlation || problem.WarmStart is not null)
        {
            return false;
        }

        int budget = (int)Math.Min(Math.Min(parameters.MaxActive, problem.Dictionary.Rows), problem.Dictionary.Columns);
        long step = Math.Max(1, OmpBytes / sizeof(double) / ((long)budget * problem.Dictionary.Columns));
        for (long row = 0; row < problem.Rows; row += step)
        {
            using DisposeScope scope = NewDisposeScope();
            if (!SolveOmp(problem, row, Math.Min(step, problem.Rows - row), budget, parameters, solution, cancellationToken))
            {
                return false; // the host writes every row
            }
        }

        return true;
    }

    private bool SolveOmp(BatchProblem problem, long first, long rows, int budget, OmpParameters parameters, BatchSolution solution, CancellationToken cancellationToken)
    {
        Tensor atoms = Of(problem.Dictionary), x = Of(problem.Signals).narrow(0, first, rows);
        double[] squares = problem.SquaredNorms.AsSpan((int)first, (int)rows).ToArray();
        var run = new OmpRun(this, atoms, x, squares, budget, parameters);
        int rounds = 0;
        while (rounds < budget || run.IsRunning())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rounds++ == budget + SpareRounds)
            {
                return false;
            }

            using DisposeScope scope = NewDisposeScope();
            run.Step();
        }

        run.Finish((int)first, solution);
        return true;
    }

    /// <summary>The state of all rows on the device; its tensors belong to the scope of the caller.</summary>
    private sealed class OmpRun
    {
        private readonly TorchBackend _backend;
        private readonly Tensor _atoms, _signals, _inverseNorms, _floor, _residual, _basis, _chosen, _available, _scores, _count, _error, _state, _dependent;
        private readonly int _budget;
        private readonly double _bound;

        public OmpRun(TorchBackend backend, Tensor atoms, Tensor signals, double[] squares, int budget, OmpParameters parameters)
        {
            (_backend, _atoms, _signals, _budget, _bound) = (backend, atoms, signals, budget, parameters.SquaredErrorBound);
            long rows = signals.shape[0], count = atoms.shape[0], dimension = atoms.shape[1];
            Device device = backend._device;
            Tensor norms = atoms.norm(1, keepdim: false, p: 2);
            _inverseNorms = where(norms.gt(Zero), norms.reciprocal(), backend.Constant(0));
            _error = tensor(squares, dtype: backend._wide, device: device).clamp_min_(Zero);
            _floor = _error.sqrt().mul_(S(NoiseFloor)).to(ScalarType.Float32);
            _residual = signals.clone();
            _basis = zeros([rows, budget, dimension], dtype: ScalarType.Float32, device: device);
            _chosen = zeros([rows, budget], dtype: ScalarType.Int64, device: device);
            _available = _inverseNorms.gt(Zero).to(ScalarType.Float32).unsqueeze(0).expand(rows, count).contiguous();
            _scores = empty([rows, count], dtype: ScalarType.Float32, device: device);
            _count = zeros([rows], dtype: ScalarType.Int64, device: device);
            _dependent = zeros([rows], dtype: ScalarType.Int64, device: device);
            _state = zeros([rows], dtype: ScalarType.Int64, device: device);
            Mark(_error.le(Zero), OmpState.NoCandidate);
            if (_bound > 0)
            {
                Mark(_error.le(S(_bound)), OmpState.Reached);
            }
        }

        public bool IsRunning() => _backend.Look(_state.eq(Zero).any());

        public void Step()
        {
            _backend.Multiply(_scores, _residual, _atoms.t(), 1, 0);
            (Tensor best, Tensor atom) = _scores.abs_().mul_(_inverseNorms).mul_(_available).max(1);
            Mark(best.gt(_floor).logical_not_(), OmpState.NoCandidate);
            Tensor tries = _state.eq(Zero);
            _available.scatter_(1, atom.unsqueeze(1), zeros([atom.shape[0], 1], dtype: ScalarType.Float32, device: _backend._device));

            // The part of the atom that the active ones do not span, twice: once leaves what rounding puts back.
            Tensor direction = _atoms.index_select(0, atom).mul_(_inverseNorms.index_select(0, atom).unsqueeze(1));
            using (var precision = new Precision(_backend._device.type == DeviceType.CUDA, false))
            {
                for (int pass = 0; pass < 2; pass++)
                {
                    Tensor along = _basis.bmm(direction.unsqueeze(2));
                    direction = direction - along.transpose(1, 2).bmm(_basis).squeeze(1);
                }
            }

            Tensor pivot = (direction * direction).sum(1, keepdim: true);
            Tensor takes = tries.logical_and(pivot.squeeze(1).gt(S(LeastPivot)));
            _dependent.add_(tries.logical_and(takes.logical_not()).to(ScalarType.Int64), One);
            direction = where(takes.unsqueeze(1), direction * pivot.rsqrt(), _backend.Constant(0));
            Tensor share = (direction * _residual).sum(1, keepdim: true);
            _residual.sub_(direction * share);
            Tensor wide = share.squeeze(1).to(_backend._wide);
            _error.sub_(wide * wide).clamp_min_(Zero);

            // A row that is done writes into its last place, whose direction it needs no more; its atom stays.
            Tensor place = _count.clamp_max(S(_budget - 1)).unsqueeze(1);
            _basis.scatter_(1, place.unsqueeze(2).expand(place.shape[0], 1, direction.shape[1]), direction.unsqueeze(1));
            _chosen.scatter_(1, place, where(takes.unsqueeze(1), atom.unsqueeze(1), _chosen.gather(1, place)));
            _count.add_(takes.to(ScalarType.Int64), One);
            if (_bound > 0)
            {
                Mark(_error.le(S(_bound)), OmpState.Reached);
            }

            Mark(_count.ge(S(_budget)), OmpState.Full);
        }

        public void Finish(int first, BatchSolution solution)
        {
            long rows = _signals.shape[0];
            Tensor used = _backend.Range(_budget).unsqueeze(0).lt(_count.unsqueeze(1));
            Tensor active = where(used.unsqueeze(2), Gathered(_atoms, _chosen, 0, rows), _backend.Constant(0)).to(_backend._wide);
            Tensor gram = active.bmm(active.transpose(1, 2)), right = active.bmm(_signals.to(_backend._wide).unsqueeze(2));
            gram.diagonal(0, 1, 2).add_(used.logical_not().to(_backend._wide), One);
            Tensor values = right.cholesky_solve(linalg.cholesky_ex(gram).L).squeeze(2);
            float[] code = Host<float>(values.to(ScalarType.Float32));
            long[] chosen = Host<long>(_chosen), count = Host<long>(_count), state = Host<long>(_state), dependent = Host<long>(_dependent);
            double[] error = Host<double>(_error.cpu().to(ScalarType.Float64));
            for (int row = 0; row < rows; row++)
            {
                int active_ = (int)count[row];
                var atoms = new int[active_];
                for (int i = 0; i < active_; i++)
                {
                    atoms[i] = (int)chosen[(row * _budget) + i];
                }

                SolverStop stop = (OmpState)state[row] switch
                {
                    OmpState.Full => SolverStop.MaxActive,
                    OmpState.Reached => SolverStop.Residual,
                    _ => dependent[row] > 0 ? SolverStop.DependentAtoms : active_ == 0 ? SolverStop.ZeroCode : SolverStop.NoImprovement,
                };
                solution.Set(first + row, atoms, code.AsSpan(row * _budget, active_).ToArray(), new RowOutcome(stop, active_, error[row], Level: 0, KeepSigns: false, IsSquaredResidual: true));
            }
        }

        private T[] Host<T>(Tensor tensor)
            where T : unmanaged
        {
            _backend.CountRead();
            return TensorBytes.As<T>(tensor.cpu().contiguous()).ToArray();
        }

        /// <summary>Rows that are still running and fulfil the condition get the state.</summary>
        private void Mark(Tensor condition, OmpState state) => _state.masked_fill_(condition.logical_and(_state.eq(Zero)), S((long)state));
    }
}
