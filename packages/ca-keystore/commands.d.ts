// The types of `@rekey/ca-keystore/internal/commands` for `@rekey/rekey`, which the sources behind it import: neither has to be built
// before the other.

/** Adds the commands of `rekey ca` to it, a command of commander; the context is that of a command of `rekey`. */
export declare function addCa(ca: object, context: object): void
