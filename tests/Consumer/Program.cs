#region first-snippet
using SparseCoding;
using System.Numerics.Tensors;

var world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16, Measurements = 8, Active = 3, Samples = 2048, Seed = 1 });
var (train, test) = world.Split(0.5);                              // Signals, Codes, Dictionary

var sae = new SaeEncoder(new SaeOptions { AtomCount = 16 }).Fit(train.Signals);         // a trained SaeEncoder
SparseCodes codes = sae.Encode(test.Signals);                      // CSR, [samples, atoms]
Tensor<float> reconstruction = sae.Dictionary.Decode(codes);

var omp  = new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 3 });            // same dictionary, better inference
var ito  = new ItoEncoder(sae.Dictionary, new ItoOptions { Lambda = 0.0025f });         // SAE+ITO
var lars = new LarsEncoder(new LarsOptions { AtomCount = 16, Lambda = 0.05f }).Fit(train.Signals);   // learns its dictionary too
var known = new MlpEncoder(new MlpOptions { AtomCount = 16, Hidden = [32] }).Fit(train.Signals, world.Dictionary);
var regression = new MlpEncoder(new MlpOptions { AtomCount = 16, Hidden = [32] }).Fit(train.Signals, train.Codes);

EncoderReport report = Evaluation.Evaluate(omp, test);             // MCC, MSE, NMSE, FVU, L0, L1, shrinkage, dead, FLOPs
double latent = Mcc.Between(test.Codes, codes).Value;              // exact Hungarian; also .Matching, .Chance
FlopCount inference = sae.EncodingFlops(samples: 1024), training = sae.Training!.Flops;
TheoremReport gap = AmortisationGap.Check(world.Dictionary, active: 3, sae);
sae.Save("sae.safetensors");
SaeEncoder again = SaeEncoder.Load("sae.safetensors");
#endregion

// The call with progress and a way to stop, word for word too; the two lines before it only give its names a value of the right type.
var (options, data, folder, cancellationToken) = (new SaeOptions { AtomCount = 16 }, train.Signals, "checkpoints", CancellationToken.None);
var (progress, loggers) = (new RunContext().Progress, new RunContext().LoggerFactory);
#region run-context
new SaeEncoder(options).Fit(data, new RunContext { Progress = progress, LoggerFactory = loggers, Checkpoint = folder }, cancellationToken);
#endregion

// A snippet that compiles may still give nonsense: what it computed is looked at.
var failures = new List<string>();
Check(reconstruction.Lengths.SequenceEqual([test.Codes.RowCount, 8]), "reconstruction is not [samples, dimension]");
Check(codes.RowCount == test.Codes.RowCount && codes.AtomCount == 16, "codes are not [samples, atoms]");
Check(latent is > 0 and <= 1, $"latent MCC is {latent}");
SparseCodes repeated = again.Encode(test.Signals);
Check(repeated.Atoms.SequenceEqual(codes.Atoms) && repeated.Values.SequenceEqual(codes.Values), "the loaded encoder does not give the codes of the saved one");
Check(inference.ToString().Length > 0 && training.ToString().Length > 0 && gap.ToString().Length > 0, "a result prints as nothing");
Check(omp.Encode(test.Signals).RowCount == codes.RowCount && ito.Encode(test.Signals).RowCount == codes.RowCount, "an encoder on the SAE's dictionary lost rows");
Check(lars.AtomCount == 16 && known.AtomCount == 16 && regression.AtomCount == 16, "an encoder lost atoms");

Console.WriteLine(report);
Console.WriteLine($"latent MCC {latent:F3}; {failures.Count} failures");
failures.ForEach(Console.Error.WriteLine);
return failures.Count == 0 ? 0 : 1;

void Check(bool holds, string failure)
{
    if (!holds)
    {
        failures.Add(failure);
    }
}
