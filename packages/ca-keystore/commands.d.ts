// The types of `@rekey/ca-keystore/internal/commands` for `@rekey/rekey`, which the sources behind it import: neither has to be built
// before the other.

/** Adds `rekey ca` to a program of commander; the context is that of a command of `rekey`. */
export declare function addCa(program: object, context: object): void
