import type { Secret } from './secret.ts'

export declare const vault: Secret
export declare function open(name: string): Promise<Secret>
export declare const drawer: { readonly left: Secret; readonly size: number }
