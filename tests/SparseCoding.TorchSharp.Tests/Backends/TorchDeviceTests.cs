using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests;

/// <summary>A device is a value; what is missing is named when work is given to it.</summary>
[TestFixture]
internal sealed class TorchDeviceTests
{
    [TestCase("cpu", "torch/cpu")]
    [TestCase("mps", "torch/mps")]
    [TestCase("cuda", "torch/cuda:0")]
    [TestCase("cuda:12", "torch/cuda:12")]
    public void Name_OfADevice_SaysWhich(string device, string name) => Assert.That(new TorchDevice(device).ToString(), Is.EqualTo(name));

    [TestCase("")]
    [TestCase("CPU")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("gpu")]
    public void Device_UnknownName_IsRefused(string device)
    {
        ArgumentException error = Assert.Catch<ArgumentException>(() => _ = new TorchDevice(device))!;
        Assert.That(error.Message, Does.Contain($"\"{device}\"").And.Contains("cuda:<index>"));
        Assert.That(error.ParamName, Is.EqualTo("device"));
    }

    [Test]
    public void Device_Null_IsRefused() => Assert.Catch<ArgumentNullException>(() => _ = new TorchDevice(null!));

    [Test]
    public void Equals_SameDevice_IsTrue() => Assert.Multiple(() =>
    {
        Assert.That(new TorchDevice("cuda"), Is.EqualTo(new TorchDevice("cuda:0")));
        Assert.That(new TorchDevice("cuda"), Is.Not.EqualTo(new TorchDevice("cuda:1")));
        Assert.That(new TorchDevice("cuda") { AllowTensorFloat32 = true }, Is.Not.EqualTo(new TorchDevice("cuda")));
        Assert.That(new TorchDevice("cuda").GetHashCode(), Is.EqualTo(new TorchDevice("cuda:0").GetHashCode()));
    });

    [TestCase("cuda:99")]
    [TestCase("mps")]
    public void Fit_OnADeviceThatIsNotThere_NamesIt(string name)
    {
        var device = new TorchDevice(name);
        if (name == "mps" && torch.mps_is_available())
        {
            Assert.Ignore("This machine has Metal.");
        }

        var encoder = new SaeEncoder(new SaeOptions { AtomCount = 4 }, new TrainingOptions { Steps = 1 });
        string message = Assert.Catch<InvalidOperationException>(() => encoder.Fit(new float[8, 3], new RunContext { Device = device }))!.Message;
        Assert.That(message, Does.Contain($"TorchDevice(\"{name}\")"));
    }
}
