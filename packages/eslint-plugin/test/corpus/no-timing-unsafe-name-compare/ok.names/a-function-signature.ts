interface Signature {
  parameters: string[]
}

export const isSameOverload = (signature: Signature, implementation: Signature) =>
  signature === implementation
