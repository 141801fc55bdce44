FROM python:3.13-slim
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY api api
COPY claude claude
COPY evalruns evalruns
COPY evals evals
COPY jobs jobs
COPY migrations migrations
COPY promptmill promptmill
COPY sandbox sandbox
COPY worker worker
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && useradd --create-home promptmill
USER promptmill
