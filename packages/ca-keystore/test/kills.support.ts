import { cp, mkdir, readdir } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import {
  isExhaustive,
  type LeftFiles,
  listSteps,
  runOnFailingDisk,
} from '@rekey/testbed/file-steps'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { expect } from 'vitest'
import { type CaKeystore, createCaKeystore, issuerOf } from '../src/ca-keystore.ts'
import { freshPath } from './ca.support.ts'
import { readBiography } from '../src/index.ts'

replaceScrypt()

/** A directory for all that an operation reads and writes. */
export async function newPlace(): Promise<string> {
  const place = freshPath()
  await mkdir(place, { mode: 0o700 })
  return place
}

/** The same CA with another directory: opening it there would cost a key derivation. */
export function movedTo(directory: string, ca: CaKeystore): CaKeystore {
  return createCaKeystore({ ...issuerOf(ca), directory })
}

/** Key derivations run beside each other, on two cores. */
const LANES = 2

/**
 * Checks each state that a kill can leave, or every second one, and that there are at least so many; the label of a state is in its
 * failure.
 */
export async function checkEach<Mark>(
  states: readonly LeftFiles<Mark>[],
  least: number,
  check: (left: string, mark: Mark) => Promise<void>,
): Promise<void> {
  expect(states.length).toBeGreaterThanOrEqual(least)
  const waiting = states.filter((_, nth) => isExhaustive || nth % 2 === 0)
  const failures: string[] = []
  const work = async () => {
    for (let state = waiting.shift(); state !== undefined; state = waiting.shift()) {
      const { label, directory, mark } = state
      await check(directory, mark).catch((error: unknown) => {
        failures.push(`${label}: ${error instanceof Error ? error.message : 'failed'}`)
      })
    }
  }
  await Promise.all(Array.from({ length: LANES }, work))
  expect(failures).toEqual([])
}

/** A copy of a place, to change. */
export async function copyOf(place: string): Promise<string> {
  const copy = await newPlace()
  await cp(place, copy, { recursive: true })
  return copy
}

/** Files that a step makes and removes. */
export async function leftoversIn(place: string): Promise<string[]> {
  const names = await readdir(place, { recursive: true })
  return names.filter((name) => /\.new-|\.(?:tmp|ticket|takeover)$/.test(name))
}

/** Faults of a disk, the first step at which each is tried, and how many steps lie between: one that is read-only stays so. */
const FAULTS = isExhaustive
  ? ([
      ['EIO', 0, 1],
      ['short', 0, 1],
      ['EROFS', 0, 7],
    ] as const)
  : ([
      ['EIO', 0, 2],
      ['short', 1, 2],
      ['EROFS', 0, 7],
    ] as const)

/**
 * Does an operation in a copy of a place, again and again: each time the disk fails at another step. An error must be ours and name a file
 * there, and nothing may be left where it can be removed.
 *
 * @param check of what the operation leaves, whether it failed or not
 */
export async function failEach(
  place: string,
  operate: (at: string) => Promise<unknown>,
  check: (at: string, isDone: boolean) => Promise<void>,
): Promise<void> {
  const whole = await copyOf(place)
  const steps = await listSteps(whole, () => operate(whole))
  let failed = 0
  for (const [fault, first, every] of FAULTS) {
    for (let from = first; from < steps.length; from += every) {
      const at = await copyOf(place)
      const { error, step } = await runOnFailingDisk(at, { from, fault }, () => operate(at))
      if (step === undefined) continue
      const label = `${fault} at ${from}: ${step.name} of ${step.path}`
      if (error !== undefined) {
        failed += 1
        expect(error, label).toBeInstanceOf(SecretError)
        expect(error, label).toMatchObject({ message: expect.stringContaining(at) as string })
      }
      await check(at, error === undefined)
      const canRemove = fault !== 'EROFS' && !['rm', 'unlink'].includes(step.name)
      if (canRemove) expect(await leftoversIn(at), label).toEqual([])
    }
  }
  expect(failed).toBeGreaterThan(steps.length / (isExhaustive ? 2 : 4))
}

/** The actions in the biography of a key, after checking that it is sound. */
export async function lifeOf(directory: string): Promise<string[]> {
  const { verdict, entries } = await readBiography({ directory })
  expect(verdict).toMatchObject({ ok: true })
  return entries.map(({ action }) => action)
}
