namespace SparseCoding.Tests;
