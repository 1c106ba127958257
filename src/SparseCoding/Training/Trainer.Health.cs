using System.Diagnostics.CodeAnalysis;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding;

/// <content>
/// What a run that is left alone must not do: go on with numbers that mean nothing, or put them in the place of the last good checkpoint.
/// A loss is that of the weights before its step, so a checkpoint is known to be good only once a later loss is: until then the one before it is kept
/// beside it, and comes back if the run turns out to have diverged.
/// </content>
public abstract partial class Trainer
{
    private const int DivergedLosses = 3;
    private long _savedStep = -1;
    private long _healthyStep = -1;
    private bool _isSuspicious;

    private static string PreviousPath(string folder) => Path.Combine(folder, "checkpoint.previous.safetensors");

    private static string NextPath(string folder) => Path.Combine(folder, "checkpoint.next.safetensors");

    /// <summary>Whether a part of the loss has a weight that is moved in the course of the run, by more than a schedule: the loss then rises without any divergence.</summary>
    private protected virtual bool IsWeightSteered => false;

    private bool IsFarAboveTheStart(double loss)
    {
        double first = _curve.Count == 0 ? double.NaN : _curve[0].Loss;
        return Options.DivergenceFactor > 0 && !IsWeightSteered && first != 0 && loss > first + (Options.DivergenceFactor * Math.Abs(first));
    }

    private void CheckHealth(bool forCurve)
    {
        _isSuspicious = IsFarAboveTheStart(_loss);
        if (!_isSuspicious)
        {
            _healthyStep = StepCount;
            return;
        }

        // The curve alone decides, so that a resumed run stops where the undisturbed one does.
        if (forCurve && _curve.Count > DivergedLosses && _curve.TakeLast(DivergedLosses).All(p => IsFarAboveTheStart(p.Loss)))
        {
            Diverge(FormattableString.Invariant($"the loss is {_loss}, more than {Options.DivergenceFactor} times above the {_curve[0].Loss} where the run began, for {DivergedLosses} measurements"), _loss);
        }
    }

    /// <summary>Writes the checkpoint of this step into the folder, if there is one, it has not been written and the state looks sound.</summary>
    private void Checkpoint()
    {
        if (CheckpointFolder is not { } folder || _savedStep == StepCount || Backend.HasNonFinite())
        {
            return;
        }

        if (_isSuspicious)
        {
            Log.CheckpointSkipped(Logger, StepCount, _loss);
            return;
        }

        string path = CheckpointPath(folder), next = NextPath(folder);
        SaveCheckpoint(next);
        if (File.Exists(path))
        {
            File.Move(path, PreviousPath(folder), overwrite: true);
        }

        File.Move(next, path, overwrite: true);
        _savedStep = StepCount;
        SparseCodingDiagnostics.TrainingCheckpoints.Add(1, EncoderTag);
        Log.CheckpointWritten(Logger, StepCount, path);
    }

    /// <summary>What processes that were killed while they wrote have left: half-written files, which nobody can use.</summary>
    private static void RemoveStale(string folder)
    {
        if (Directory.Exists(folder))
        {
            AtomicFile.RemoveStale(CheckpointPath(folder));
            AtomicFile.RemoveStale(NextPath(folder));
        }
    }

    [DoesNotReturn]
    private void Diverge(string reason, double loss)
    {
        string? good = null;
        string state = "There is no checkpoint.";
        if (CheckpointFolder is { } folder && FindCheckpoint(folder) is { } newest)
        {
            // No healthy loss since the last checkpoint was written, or gone on from: it may hold what diverged.
            bool isDoubtful = _savedStep >= 0 && _healthyStep <= _savedStep;
            if (isDoubtful && File.Exists(PreviousPath(folder)))
            {
                File.Move(PreviousPath(folder), CheckpointPath(folder), overwrite: true);
                _savedStep = -1;
                (isDoubtful, newest) = (false, CheckpointPath(folder));
            }

            good = isDoubtful ? null : newest;
            state = isDoubtful
                ? $"No sound loss has followed the checkpoint {newest} of step {_savedStep}, and there is none before it (checkpoint.previous.safetensors): start anew."
                : $"The last good checkpoint is {good}.";
        }

        Log.TrainingDiverged(Logger, StepCount, reason, loss, good ?? "none");
        throw new TrainingDivergedException(
            $"Training{(Name is null ? string.Empty : $" of '{Name}'")} stopped at step {StepCount}: {reason}. Lower the learning rate, clip the gradient (TrainingOptions.ClipNorm) or check the scale of the signals. "
            + state,
            StepCount,
            loss,
            good,
            Name);
    }
}
