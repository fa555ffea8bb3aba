import { dataContract } from './data'
import { draftContract } from './draft'
import { featuresContract } from './features'
import { healthContract } from './health'
import { interchangeContract } from './interchange'
import { jobsContract } from './jobs'
import { kernelsContract } from './kernels'
import { languageContract } from './language'
import { materialiseContract } from './materialise'
import { pythonContract } from './python'
import { registryContract } from './registry'
import { runtimeContract } from './runtime'
import { trainingContract } from './training'
import { workspaceContract } from './workspace'

/** The whole contract: every service, by name. */
export const studioContract = {
  workspace: workspaceContract,
  jobs: jobsContract,
  data: dataContract,
  language: languageContract,
  features: featuresContract,
  draft: draftContract,
  python: pythonContract,
  kernels: kernelsContract,
  training: trainingContract,
  runtime: runtimeContract,
  registry: registryContract,
  health: healthContract,
  interchange: interchangeContract,
  materialise: materialiseContract,
} as const

export type StudioContract = typeof studioContract
export type ServiceName = keyof StudioContract
