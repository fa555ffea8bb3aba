import { type Operator, type OperatorInput, type OperatorParameter, unfitted } from './operator'

const features: OperatorInput = {
  name: 'x',
  type: 'tensor',
  isRepeated: true,
  documentation: 'Numbers, flags and vectors to learn from.',
}
const given: OperatorInput = {
  name: 'x',
  type: 'any',
  isRepeated: true,
  documentation: 'What the model is given, under the names of its own inputs.',
}

const text = (name: string, documentation: string): OperatorParameter => ({
  name,
  type: 'string',
  default: null,
  isRequired: true,
  isLeading: true,
  documentation,
})

const whole = (name: string, value: number, documentation: string): OperatorParameter => ({
  name,
  type: 'int',
  default: value,
  minimum: 1,
  maximum: 100_000,
  canTune: true,
  documentation,
})

const kept = (
  name: string,
  documentation: string,
  instead: readonly string[],
  more: Partial<Pick<Operator, 'inputs' | 'parameters' | 'example' | 'takesMissing'>> = {},
): Operator => ({
  name,
  roles: ['algorithm'],
  inputs: [features],
  parameters: [],
  result: 'float',
  nulls: 'never',
  width: 1,
  isFitted: true,
  takesMissing: false,
  tasks: ['binary', 'regression'],
  documentation: `${documentation} ${unfitted}`,
  example: `${name}(distance)`,
  lowerings: [],
  instead,
  ...more,
})

/** Scored by something that was made elsewhere. */
const federated = (
  name: string,
  documentation: string,
  parameters: readonly OperatorParameter[],
  example: string,
): Operator => ({
  ...kept(name, documentation, ['boosted_trees', 'random_forest'], {
    inputs: [given],
    parameters,
    example,
    takesMissing: true,
  }),
  isFitted: false,
})

const location = text('url', 'Address of the server.')
const model = text('model', 'Name of the model there.')

/** Names of the design that are kept with their whole signature until something runs them. */
export const unfittedAlgorithms: readonly Operator[] = [
  kept('lightgbm', 'Gradient boosted decision trees that grow leaf by leaf (LightGBM).', ['boosted_trees'], {
    takesMissing: true,
    parameters: [
      whole('leaves', 31, 'Most leaves of one tree.'),
      {
        name: 'rate',
        type: 'float',
        default: 0.1,
        minimum: 1e-6,
        maximum: 1,
        canTune: true,
        documentation: 'How much of each tree’s answer is added.',
      },
      whole('rounds', 200, 'Number of trees.'),
      whole('min_rows', 20, 'Fewest rows in a leaf.'),
    ],
  }),
  kept('nearest', 'The mean label of the most similar rows of the training split.', ['random_forest', 'mlp'], {
    parameters: [whole('neighbours', 10, 'Number of rows.')],
  }),
  kept(
    'kmeans',
    'The mean label of the cluster that a row falls into; clusters are found without the label.',
    ['decision_tree', 'random_forest'],
    { parameters: [whole('clusters', 8, 'Number of clusters.')] },
  ),
  kept(
    'isolation_forest',
    'How unlike the rows of the training split a row is, by how few random cuts set it apart.',
    ['random_forest'],
    {
      parameters: [whole('trees', 100, 'Number of trees.'), whole('rows', 256, 'Rows that each tree sees.')],
    },
  ),
  kept('python', 'Your own estimator with scikit-learn’s `fit` and `predict`.', ['boosted_trees', 'mlp'], {
    parameters: [text('factory', 'A module of the workspace and what in it makes the estimator: `"module:factory"`.')],
    example: 'python("churn:estimator", distance)',
  }),
  federated(
    'tensorflow_serving',
    'A model that TensorFlow Serving answers for.',
    [location, model],
    'tensorflow_serving("http://localhost:8501", "delays", distance)',
  ),
  federated(
    'open_inference',
    'A model behind a server of the Open Inference Protocol.',
    [location, model],
    'open_inference("http://localhost:8080", "delays", distance)',
  ),
  federated(
    'onnx',
    'An ONNX model of the workspace, as a part of this one.',
    [text('path', 'The file, relative to the workspace.')],
    'onnx("models/delays.onnx", distance)',
  ),
  federated(
    'xgboost_model',
    'A model that XGBoost saved, as a part of this one.',
    [text('path', 'The file, relative to the workspace.')],
    'xgboost_model("models/delays.ubj", distance)',
  ),
  federated(
    'registry',
    'A model of the registry, as a part of this one.',
    [text('name', 'Its name and tag: `"name@tag"`.')],
    'registry("late_departure@latest", distance)',
  ),
]
