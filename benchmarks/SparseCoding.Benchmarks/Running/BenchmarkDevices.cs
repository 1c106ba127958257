using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The devices that benchmarks run on: the processor, and those of assemblies named with <c>--devices</c> or in the variable
/// <see cref="Variable"/>. BenchmarkDotNet's own processes inherit the variable, so a device is there out of process too. Nothing needs to be
/// declared in such an assembly: each <see cref="ComputeDevice"/> in a public static property, and each device class with a parameterless
/// constructor, is taken.
/// </summary>
internal static class BenchmarkDevices
{
    /// <summary>Environment variable with paths of assemblies, separated as in PATH.</summary>
    public const string Variable = "SPARSECODING_BENCHMARK_DEVICES";

    private static readonly Lazy<List<ComputeDevice>> s_all = new(LoadAll);

    /// <summary>Names of all devices, for <c>[ParamsSource]</c>.</summary>
    public static IEnumerable<string> Names => s_all.Value.Select(device => device.Name);

    /// <summary>Adds a device; a name that is there already is refused, because results would not tell them apart.</summary>
    public static void Register(ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Add(s_all.Value, device);
    }

    /// <summary>The device of a name.</summary>
    public static ComputeDevice Get(string name) =>
        s_all.Value.Find(device => device.Name == name)
        ?? throw new ArgumentException($"No device '{name}' is registered; there are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>Takes <c>--devices a.dll</c> (may be repeated) out of the arguments and sets the variable; call it before anything asks for a device.</summary>
    public static string[] TakeOptions(string[] arguments)
    {
        var left = new List<string>();
        var paths = new List<string>(Paths());
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] != "--devices")
            {
                left.Add(arguments[i]);
                continue;
            }

            if (++i == arguments.Length)
            {
                throw new ArgumentException("--devices needs the path of an assembly.", nameof(arguments));
            }

            // Absolute: BenchmarkDotNet's processes start in another folder.
            paths.Add(Path.GetFullPath(arguments[i]));
        }

        Environment.SetEnvironmentVariable(Variable, string.Join(Path.PathSeparator, paths));
        return [.. left];
    }

    /// <summary>The devices of an assembly, one for each name, in the order of type names.</summary>
    public static IReadOnlyList<ComputeDevice> FindIn(Assembly assembly)
    {
        var found = new List<ComputeDevice>();
        foreach (Type type in Types(assembly).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (typeof(ComputeDevice).IsAssignableFrom(property.PropertyType) && property.GetValue(null) is ComputeDevice device)
                {
                    TryAdd(device);
                }
            }

            if (typeof(ComputeDevice).IsAssignableFrom(type) && !type.IsAbstract && type.GetConstructor(Instances, []) is { } constructor)
            {
                TryAdd((ComputeDevice)constructor.Invoke([]));
            }
        }

        return found;

        void TryAdd(ComputeDevice device)
        {
            if (!found.Exists(known => known.Name == device.Name))
            {
                found.Add(device);
            }
        }
    }

    private const BindingFlags Instances = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static string[] Paths() =>
        (Environment.GetEnvironmentVariable(Variable) ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static List<ComputeDevice> LoadAll()
    {
        List<ComputeDevice> devices = [ComputeDevice.Cpu];
        foreach (string path in Paths())
        {
            IReadOnlyList<ComputeDevice> found = FindIn(Load(path));
            if (found.Count == 0)
            {
                throw new InvalidOperationException($"{path} has no device: no public static property of type ComputeDevice and no device class with a parameterless constructor.");
            }

            foreach (ComputeDevice device in found)
            {
                Add(devices, device);
            }
        }

        return devices;
    }

    /// <summary>Loads beside the benchmarks (so that SparseCoding itself is the same assembly) and finds what it needs in its own folder.</summary>
    private static Assembly Load(string path)
    {
        var resolver = new AssemblyDependencyResolver(path);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            resolver.ResolveAssemblyToPath(name) is { } at ? context.LoadFromAssemblyPath(at) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            resolver.ResolveUnmanagedDllToPath(name) is { } at ? NativeLibrary.Load(at) : 0;
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
    }

    /// <summary>All types that can be loaded: a test assembly may lack parts of its runner here.</summary>
    private static IEnumerable<Type> Types(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partial)
        {
            return partial.Types.OfType<Type>();
        }
    }

    private static void Add(List<ComputeDevice> devices, ComputeDevice device)
    {
        if (devices.Exists(known => known.Name == device.Name))
        {
            throw new ArgumentException($"A device with the name '{device.Name}' is registered already.", nameof(device));
        }

        devices.Add(device);
    }
}
