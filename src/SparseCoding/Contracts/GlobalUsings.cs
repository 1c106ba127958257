// Internal helpers of the glossary, used by every layer above it.
global using SparseCoding.Contracts;
