using Mono.Cecil;
using Mono.Cecil.Cil;

namespace SparseCoding.Tests;

/// <summary>One type mentions another: both outermost types of the same assembly, and the place where the mention stands.</summary>
internal readonly record struct TypeMention(TypeDefinition From, TypeDefinition To, string Place);

/// <summary>
/// Collects every mention of one type of a module by another: bases, interfaces, constraints, fields, properties, events, signatures,
/// attributes and their arguments, locals, caught exceptions and the operands of the instructions, with all generic arguments.
/// Nested and compiler-generated types count as their outermost type. Constants leave no trace in an assembly and are not seen.
/// </summary>
internal sealed class TypeMentions
{
    private readonly ModuleDefinition _module;
    private readonly HashSet<(TypeDefinition From, TypeDefinition To)> _seen = [];
    private readonly List<TypeMention> _mentions = [];
    private TypeDefinition _from = null!;
    private string _place = string.Empty;

    private TypeMentions(ModuleDefinition module) => _module = module;

    /// <summary>All mentions, each pair of types once with the first place where it stands.</summary>
    public static IReadOnlyList<TypeMention> Collect(ModuleDefinition module)
    {
        var collector = new TypeMentions(module);
        foreach (TypeDefinition type in module.GetTypes())
        {
            collector.Visit(type);
        }

        return collector._mentions;
    }

    /// <summary>The type itself, or the outermost one around it.</summary>
    public static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type;
    }

    private void Visit(TypeDefinition type)
    {
        _from = Outermost(type);
        _place = type.FullName;
        Add(type.BaseType);
        AddAttributes(type);
        AddParameters(type);
        foreach (InterfaceImplementation implementation in type.Interfaces)
        {
            Add(implementation.InterfaceType);
            AddAttributes(implementation);
        }

        foreach (FieldDefinition field in type.Fields)
        {
            _place = field.FullName;
            Add(field.FieldType);
            AddAttributes(field);
        }

        foreach (PropertyDefinition property in type.Properties)
        {
            _place = property.FullName;
            Add(property.PropertyType);
            AddAttributes(property);
        }

        foreach (EventDefinition @event in type.Events)
        {
            _place = @event.FullName;
            Add(@event.EventType);
            AddAttributes(@event);
        }

        foreach (MethodDefinition method in type.Methods)
        {
            _place = method.FullName;
            Visit(method);
        }
    }

    private void Visit(MethodDefinition method)
    {
        AddSignature(method);
        AddAttributes(method);
        AddAttributes(method.MethodReturnType);
        AddParameters(method);
        foreach (ParameterDefinition parameter in method.Parameters)
        {
            AddAttributes(parameter);
        }

        foreach (MethodReference overridden in method.Overrides)
        {
            Add(overridden.DeclaringType);
        }

        if (!method.HasBody)
        {
            return;
        }

        foreach (VariableDefinition variable in method.Body.Variables)
        {
            Add(variable.VariableType);
        }

        foreach (ExceptionHandler handler in method.Body.ExceptionHandlers)
        {
            Add(handler.CatchType);
        }

        foreach (Instruction instruction in method.Body.Instructions)
        {
            AddOperand(instruction.Operand);
        }
    }

    private void AddOperand(object? operand)
    {
        switch (operand)
        {
            case TypeReference type:
                Add(type);
                break;
            case FieldReference field:
                Add(field.DeclaringType);
                Add(field.FieldType);
                break;
            case MethodReference method:
                Add(method.DeclaringType);
                AddSignature(method.GetElementMethod());
                if (method is GenericInstanceMethod instance)
                {
                    AddAll(instance.GenericArguments);
                }

                break;
            case CallSite site:
                AddSignature(site);
                break;
            default:
                break;
        }
    }

    private void AddSignature(IMethodSignature signature)
    {
        Add(signature.ReturnType);
        foreach (ParameterDefinition parameter in signature.Parameters)
        {
            Add(parameter.ParameterType);
        }
    }

    private void AddParameters(IGenericParameterProvider provider)
    {
        foreach (GenericParameter parameter in provider.GenericParameters)
        {
            AddAttributes(parameter);
            foreach (GenericParameterConstraint constraint in parameter.Constraints)
            {
                Add(constraint.ConstraintType);
            }
        }
    }

    private void AddAttributes(ICustomAttributeProvider provider)
    {
        foreach (CustomAttribute attribute in provider.CustomAttributes)
        {
            Add(attribute.AttributeType);
            foreach (CustomAttributeArgument argument in attribute.ConstructorArguments)
            {
                AddArgument(argument);
            }

            foreach (Mono.Cecil.CustomAttributeNamedArgument named in attribute.Properties.Concat(attribute.Fields))
            {
                AddArgument(named.Argument);
            }
        }
    }

    private void AddArgument(CustomAttributeArgument argument)
    {
        Add(argument.Type);
        switch (argument.Value)
        {
            case TypeReference type:
                Add(type);
                break;
            case CustomAttributeArgument boxed:
                AddArgument(boxed);
                break;
            case CustomAttributeArgument[] array:
                Array.ForEach(array, AddArgument);
                break;
            default:
                break;
        }
    }

    private void AddAll(IEnumerable<TypeReference> types)
    {
        foreach (TypeReference type in types)
        {
            Add(type);
        }
    }

    private void Add(TypeReference? reference)
    {
        switch (reference)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType instance:
                AddAll(instance.GenericArguments);
                Add(instance.ElementType);
                return;
            case FunctionPointerType pointer:
                AddSignature(pointer);
                return;
            case IModifierType modified:
                Add(modified.ModifierType);
                Add(modified.ElementType);
                return;
            case TypeSpecification specification:
                Add(specification.ElementType);
                return;
            default:
                break;
        }

        if (reference is TypeDefinition definition && definition.Module == _module)
        {
            TypeDefinition to = Outermost(definition);
            if (to != _from && _seen.Add((_from, to)))
            {
                _mentions.Add(new TypeMention(_from, to, _place));
            }
        }
    }
}
