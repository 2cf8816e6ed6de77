/** What this service owns. Workers, plans, tests and `jetlane` read it. */
import { app } from '@jetlane/core';
import { alerts } from './alerts.ts';
import { averages } from './averages.ts';
import { Sensors } from './contracts.ts';

export default app('jetlane-app', { streams: [Sensors], run: [alerts(), averages] });
