/**
 * Guards a worker thread before its program is loaded: a guarded process starts each of its threads with it.
 *
 * @module
 */
import { guardProcess } from './guard-process.ts'

guardProcess()
