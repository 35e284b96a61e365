import { chromeShell, listenToBackground } from '../../platform/chrome-engine.ts';
import { startEngine } from '../../platform/start-engine.ts';

void startEngine(chromeShell).then(listenToBackground);
