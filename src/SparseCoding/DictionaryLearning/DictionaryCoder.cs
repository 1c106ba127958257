namespace SparseCoding.DictionaryLearning;

/// <summary>Codes a block of signals on a dictionary.</summary>
internal delegate SparseCodes DictionaryCoder(AtomDictionary dictionary, SignalView signals, EncodeRequest request, CancellationToken cancellationToken);
